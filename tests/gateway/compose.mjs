// Both libraries of composition: a line for each, with what it objects to and hints at, and the types that it composed.
import { readFileSync } from "node:fs";
import { composeServices as apollo } from "@apollo/composition";
import { composeServices as guild } from "@theguild/federation-composition";
import { buildSchema, parse } from "graphql";

const services = process.argv.slice(2).map((file, place) => ({
  name: `service${place}`,
  url: `http://127.0.0.1:${place}`,
  typeDefs: parse(readFileSync(file, "utf8")),
}));

for (const compose of [apollo, guild]) {
  const { errors, hints, supergraphSdl } = compose(services);
  const types = supergraphSdl ? Object.keys(buildSchema(supergraphSdl, { assumeValid: true }).getTypeMap()) : [];
  const said = { errors: errors?.map(String) ?? [], hints: hints?.map((hint) => hint.message) ?? [], types };
  process.stdout.write(JSON.stringify(said) + "\n");
}
