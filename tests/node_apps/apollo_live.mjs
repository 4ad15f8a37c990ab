// Apollo Client listens on a socket. Standard output: each message, and the case as the cache has it then.
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache, gql } from "@apollo/client";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { readFileSync } from "node:fs";
import { OperationTypeNode } from "graphql";
import { createClient } from "graphql-ws";
import WebSocket from "ws";

const [url, token, operations, number] = process.argv.slice(2);
const read = (name) => gql(readFileSync(`${operations}/${name}.graphql`, "utf8"));
const say = (line) => process.stdout.write(JSON.stringify(line) + "\n");
const authorization = `Bearer ${token}`;
const http = new HttpLink({ uri: url, headers: { authorization } });
const lines = createClient({ url: url.replace("http", "ws"), webSocketImpl: WebSocket, connectionParams: { authorization } });
const listens = ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION;
const client = new ApolloClient({ link: ApolloLink.split(listens, new GraphQLWsLink(lines), http), cache: new InMemoryCache() });

const query = read("Home");
const variables = { freshness: "KNOWN" };
const caseOf = (data) => data.viewer.cases.edges.find(({ node }) => node.number === number).node;
const before = caseOf((await client.query({ query, variables })).data);
client.watchQuery({ query, variables, fetchPolicy: "cache-only" }).subscribe(({ data }) => {
  const now = caseOf(data);
  if (now.updatedAt === before.updatedAt) return;
  say(now);
  process.exit(0);
});
client.subscribe({ query: read("CaseChanged") }).subscribe(({ data }) => say(data.caseChanged));
