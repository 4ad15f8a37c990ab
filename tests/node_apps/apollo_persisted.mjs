// Apollo's automatic persisted queries. Standard output: the answer, then for each request what it held and its status.
import { ApolloClient, HttpLink, InMemoryCache, gql } from "@apollo/client";
import { PersistedQueryLink } from "@apollo/client/link/persisted-queries";
import { createHash } from "node:crypto";

const [url, token, text] = process.argv.slice(2);
const say = (line) => process.stdout.write(JSON.stringify(line) + "\n");
const sent = [];

async function watched(uri, request) {
  const answer = await fetch(uri, request);
  const { query = null, extensions } = request.body ? JSON.parse(request.body) : Object.fromEntries(new URL(uri).searchParams);
  sent.push([request.method, query !== null, extensions !== undefined, answer.status]);
  return answer;
}

const sha256 = (query) => createHash("sha256").update(query).digest("hex");
const http = new HttpLink({ uri: url, headers: { authorization: `Bearer ${token}` }, fetch: watched });
for (const useGETForHashedQueries of [false, true]) {
  const link = new PersistedQueryLink({ sha256, useGETForHashedQueries }).concat(http);
  const client = new ApolloClient({ link, cache: new InMemoryCache() });
  say((await client.query({ query: gql(text) })).data);
}
say(sent);
