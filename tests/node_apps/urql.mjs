// urql. One line of JSON on standard output for each thing that was asked, then for each message of a stream of events.
import { Client, cacheExchange, fetchExchange } from "@urql/core";
import { readFileSync } from "node:fs";

const [url, token, operations] = process.argv.slice(2);
const read = (name) => readFileSync(`${operations}/${name}.graphql`, "utf8");
const say = (line) => process.stdout.write(JSON.stringify(line) + "\n");
const client = new Client({
  url,
  exchanges: [cacheExchange, fetchExchange],
  fetchSubscriptions: true,
  fetchOptions: { headers: { authorization: `Bearer ${token}` } },
});

const variables = { first: 2, freshness: "KNOWN" };
const { data } = await client.query(read("Home"), variables).toPromise();
const again = client.readQuery(read("Home"), variables);
say({ name: data.viewer.displayName, cases: data.viewer.cases.edges.length, cached: again?.data?.viewer.displayName });

for (const token of ["urql-phone", ""]) {
  const input = { channel: "FCM", token };
  say((await client.mutation(read("RegisterDevice"), { input }).toPromise()).data.registerDevice);
}

for (const text of ["query Part { viewer { displayName licences(first: 101) { total } } }", "query Wrong { nothing }"]) {
  const { data = null, error } = await client.query(text, {}).toPromise();
  const codes = error.graphQLErrors.map((one) => one.extensions.code);
  say({ data, codes, status: error.response.status });
}

client.subscription(read("CaseChanged"), {}).subscribe(({ data, error }) => say(error ? { error } : data.caseChanged));
process.stdin.on("end", () => process.exit(0)).resume();
