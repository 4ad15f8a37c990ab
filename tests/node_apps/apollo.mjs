// Apollo Client without React. One line of JSON on standard output for each thing that was asked.
import { ApolloClient, CombinedGraphQLErrors, HttpLink, InMemoryCache, gql } from "@apollo/client";
import { Defer20220824Handler } from "@apollo/client/incremental";
import { relayStylePagination } from "@apollo/client/utilities";
import { readFileSync } from "node:fs";

const [url, token, operations] = process.argv.slice(2);
const read = (name) => gql(readFileSync(`${operations}/${name}.graphql`, "utf8"));
const say = (line) => process.stdout.write(JSON.stringify(line) + "\n");
const cache = new InMemoryCache({
  typePolicies: {
    Platform: { keyFields: ["code"] },
    Viewer: { keyFields: [], fields: { cases: relayStylePagination(["stage"]) } },
  },
});
const link = new HttpLink({ uri: url, headers: { authorization: `Bearer ${token}` } });
const client = new ApolloClient({ link, cache, incrementalHandler: new Defer20220824Handler() });

const query = read("Home");
const variables = { first: 2, freshness: "KNOWN" };
const { data } = await client.query({ query, variables });
const [{ node }] = data.viewer.cases.edges;
const other = gql`query Other($id: ID!) { case(id: $id) { id platform { code } } }`;
await client.query({ query: other, variables: { id: node.id } });
const fragment = gql`fragment Kept on Case { number platform { hotline } }`;
say({ name: data.viewer.displayName, kept: client.readFragment({ id: cache.identify(node), fragment }) });

const list = client.watchQuery({ query, variables });
await list.fetchMore({ variables: { after: data.viewer.cases.pageInfo.endCursor } });
say(client.readQuery({ query, variables }).viewer.cases.edges.map((edge) => edge.node.number));

const register = (input) => client.mutate({ mutation: read("RegisterDevice"), variables: { input } });
for (const token of ["apollo-phone", ""]) say((await register({ channel: "FCM", token })).data.registerDevice);

const part = gql`query Part { viewer { displayName licences(first: 101) { total } } }`;
const partial = await client.query({ query: part, errorPolicy: "all", fetchPolicy: "no-cache" });
say({ data: partial.data, codes: partial.error.errors.map((error) => error.extensions.code) });
const refused = await client.query({ query: part, fetchPolicy: "no-cache" }).catch((error) => error);
say({ combined: CombinedGraphQLErrors.is(refused), data: refused.data });

const parts = gql`query Parts { viewer { displayName ...Late @defer } } fragment Late on Viewer { notifications(first: 1) { unreadCount } }`;
const states = [];
const watched = client.watchQuery({ query: parts, fetchPolicy: "no-cache" });
watched.subscribe(({ data, dataState }) => {
  if (data !== undefined) states.push([dataState, "notifications" in data.viewer]);
  if (dataState === "complete") say(states);
});
