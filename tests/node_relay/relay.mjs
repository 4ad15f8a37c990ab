// Relay without React, with documents that relay-compiler wrote. One line of JSON on standard output for each thing that was asked,
// then for each message of a subscription, and the case as the store has it then.
import { createRequire } from "node:module";
import { createClient } from "graphql-ws";
import runtime from "relay-runtime";
import WebSocket from "ws";

const { Environment, Network, Observable, RecordSource, Store } = runtime;
const { commitMutation, createOperationDescriptor, fetchQuery, getSelector, requestSubscription } = runtime;
const [url, token, documents, caseId] = process.argv.slice(2);
const read = (name) => createRequire(import.meta.url)(`${documents}/${name}.graphql.js`);
const say = (line) => process.stdout.write(JSON.stringify(line) + "\n");
const authorization = `Bearer ${token}`;
const lines = createClient({ url: url.replace("http", "ws"), webSocketImpl: WebSocket, connectionParams: { authorization } });

async function ask({ text: query }, variables) {
  const headers = { authorization, "content-type": "application/json", accept: "application/graphql-response+json" };
  return (await fetch(url, { method: "POST", headers, body: JSON.stringify({ query, variables }) })).json();
}

const listen = ({ text: query }, variables) => Observable.create((sink) => lines.subscribe({ query, variables }, sink));
const environment = new Environment({ network: Network.create(ask, listen), store: new Store(new RecordSource()) });
const look = (fragment, reference) => environment.lookup(getSelector(fragment, reference)).data;

const query = read("screensHomeQuery");
const variables = { id: caseId, first: 2 };
environment.retain(createOperationDescriptor(query, variables));
const { viewer, node } = await fetchQuery(environment, query, variables).toPromise();
const page = () => {
  const { edges, pageInfo } = look(read("screens_cases"), viewer).cases;
  return { numbers: edges.map((edge) => edge.node.number), ...pageInfo };
};
const opened = () => look(read("screens_case"), node.opened);
const first = page();
say({ name: viewer.displayName, first, opened: opened() });

await fetchQuery(environment, read("screensCasesPageQuery"), { first: 2, after: first.endCursor }).toPromise();
say(page());
say(look(read("screens_case"), (await fetchQuery(environment, read("screensCaseQuery"), { id: caseId }).toPromise()).node));

for (const token of ["relay-phone", ""]) {
  const given = { mutation: read("screensRegisterMutation"), variables: { input: { channel: "FCM", token } } };
  say(await new Promise((onCompleted, onError) => commitMutation(environment, { ...given, onCompleted, onError })));
}

requestSubscription(environment, {
  subscription: read("screensCaseSubscription"),
  variables: {},
  onNext: ({ caseChanged }) => say({ id: caseChanged.id, opened: opened() }),
});
process.stdin.on("end", () => process.exit(0)).resume();
