// Apollo's tests of subgraphs over ours of products. Theirs of users and inventory run beside it, at the ports where the tests look
// for them, and so does the gateway, which takes the place of the router. Writes a line for each test: its name, and how it ended.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { composeServices } from "@apollo/composition";
import { ApolloGateway } from "@apollo/gateway";
import { ApolloServer } from "@apollo/server";
import { startStandaloneServer } from "@apollo/server/standalone";
import { parse } from "graphql";

console.info = console.log = console.error; // what the gateway says of itself is not a result
const [products] = process.argv.slice(2);
const require = createRequire(import.meta.url);
const home = join(dirname(require.resolve("@apollo/federation-subgraph-compatibility-tests")), "..");
const subgraph = (name, ...more) => join(home, "dist", "subgraphs", name, ...more);

async function asked(url, query) {
  const headers = { "content-type": "application/json" };
  return (await fetch(url, { method: "POST", headers, body: JSON.stringify({ query }) })).json();
}

async function up(url) {
  for (const started = Date.now(); Date.now() - started < 20_000; ) {
    try {
      return await asked(url, "{ __typename }");
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  throw new Error(`nothing answers at ${url}`);
}

const sdl = (await asked(products, "{ _service { sdl } }")).data._service.sdl;
const others = { users: "http://localhost:4002/", inventory: "http://localhost:4003/" };
const children = Object.keys(others).map((name) =>
  spawn(process.execPath, [subgraph(name, "index.js")], { cwd: subgraph(name), stdio: ["ignore", "ignore", "inherit"] }),
);
try {
  const services = [{ name: "products", url: products, typeDefs: parse(sdl) }];
  for (const [name, url] of Object.entries(others)) {
    await up(url);
    services.push({ name, url, typeDefs: parse(readFileSync(subgraph(name, `${name}.graphql`), "utf8")) });
  }
  const { supergraphSdl, errors } = composeServices(services);
  if (errors) throw new Error(errors.join("\n"));
  const gateway = new ApolloServer({ gateway: new ApolloGateway({ supergraphSdl }) });
  await startStandaloneServer(gateway, { listen: { host: "localhost", port: 4000 } });
  const jest = createRequire(join(home, "package.json")).resolve("jest/bin/jest");
  const words = [jest, join(home, "dist", "tests"), "--ci", "--json", "--config", join(home, "federation-jest.config.js")];
  const run = spawn(process.execPath, words, { cwd: home, env: { ...process.env, PRODUCTS_URL: products }, stdio: ["ignore", "pipe", "inherit"] });
  let said = "";
  for await (const piece of run.stdout) said += piece;
  for (const file of JSON.parse(said).testResults)
    for (const { fullName, status, failureMessages } of file.assertionResults)
      process.stdout.write(JSON.stringify({ name: fullName, status, why: failureMessages }) + "\n");
  await gateway.stop();
} finally {
  for (const child of children) child.kill();
}
