// A gateway over our service and another: fetches both texts, composes them, and answers one query with a citizen's token.
import { readFileSync } from "node:fs";
import { composeServices } from "@apollo/composition";
import { ApolloGateway, RemoteGraphQLDataSource } from "@apollo/gateway";
import { ApolloServer } from "@apollo/server";
import { startStandaloneServer } from "@apollo/server/standalone";
import { buildSubgraphSchema } from "@apollo/subgraph";
import { parse } from "graphql";

console.info = console.log = console.error; // what the gateway says of itself is not the answer
const [url, text, key, token, query, variables] = process.argv.slice(2);
const headers = { "tongban-client-key": key, authorization: `Bearer ${token}` };

async function sdl(url) {
  const asked = { method: "POST", headers: { "content-type": "application/json", ...headers } };
  const answer = await fetch(url, { ...asked, body: JSON.stringify({ query: "{ _service { sdl } }" }) });
  return (await answer.json()).data._service.sdl;
}

const resolvers = {
  Query: {
    mentioned: (_, { cases, licences, party }) => ({
      cases: cases.map((id) => ({ id })),
      licences: licences.map((id) => ({ id })),
      party: { id: party },
    }),
  },
  Case: { fee: ({ id }) => id.length },
  Licence: { photo: ({ id }) => `photo of ${id}` },
  Party: { points: () => 7 },
};
const typeDefs = parse(readFileSync(text, "utf8"));
const other = new ApolloServer({ schema: buildSubgraphSchema({ typeDefs, resolvers }), stopOnTerminationSignals: false });
const started = await startStandaloneServer(other, { listen: { host: "127.0.0.1", port: 0 } });

const services = [{ name: "tongban", url }, { name: "other", url: started.url }];
const texts = await Promise.all(services.map(async (one) => ({ ...one, typeDefs: parse(await sdl(one.url)) })));
const { supergraphSdl, errors } = composeServices(texts);
if (errors) throw new Error(errors.join("\n"));

class AsTheCitizen extends RemoteGraphQLDataSource {
  willSendRequest({ request }) {
    for (const [name, value] of Object.entries(headers)) request.http.headers.set(name, value);
  }
}
const gateway = new ApolloGateway({ supergraphSdl, buildService: ({ url }) => new AsTheCitizen({ url }) });
const server = new ApolloServer({ gateway });
const { body } = await server.executeOperation({ query, variables: JSON.parse(variables) });
process.stdout.write(JSON.stringify(body.singleResult) + "\n");
await server.stop();
await other.stop();
