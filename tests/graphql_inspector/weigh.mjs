// Reads pairs of schemas as JSON, and says of each which changes the inspector finds and how critical it calls them.
import { text } from "node:stream/consumers";
import { diff } from "@graphql-inspector/core";
import { buildSchema } from "graphql";

const pairs = JSON.parse(await text(process.stdin));
const weighed = pairs.map(async ([before, after]) => {
  const changes = await diff(buildSchema(before), buildSchema(after));
  return changes.map(({ criticality, path, type }) => [criticality.level, type, path]);
});
console.log(JSON.stringify(await Promise.all(weighed)));
