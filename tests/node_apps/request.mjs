// graphql-request. One line of JSON on standard output for each thing that was asked.
import { ClientError, GraphQLClient } from "graphql-request";
import { readFileSync } from "node:fs";

const [url, token, operations] = process.argv.slice(2);
const read = (name) => readFileSync(`${operations}/${name}.graphql`, "utf8");
const say = (line) => process.stdout.write(JSON.stringify(line) + "\n");
const client = new GraphQLClient(url, { headers: { authorization: `Bearer ${token}` } });

const { viewer } = await client.request(read("Home"), { first: 2, freshness: "KNOWN" });
say({ name: viewer.displayName, cases: viewer.cases.edges.length });

for (const token of ["request-phone", ""]) {
  say((await client.request(read("RegisterDevice"), { input: { channel: "FCM", token } })).registerDevice);
}

async function refusal(text, headers = {}) {
  const error = await client.request(text, {}, headers).catch((error) => error);
  if (!(error instanceof ClientError)) throw error;
  const { status, data = null, errors } = error.response;
  say({ status, data, codes: errors.map((one) => one.extensions.code) });
}

await refusal("query Part { viewer { displayName licences(first: 101) { total } } }");
await refusal("query Wrong { nothing }");
await refusal("{ viewer { displayName } }", { authorization: "Bearer nobody" });
