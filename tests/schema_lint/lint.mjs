// Holds a schema and the operations over it to the rules of graphql-eslint. Standard input: {schema, operations: {name: text}, options},
// the last by rule. Standard output: {file, rule, line, message} of each finding.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import graphql from "@graphql-eslint/eslint-plugin";
import { ESLint } from "eslint";

const { schema, operations, options } = JSON.parse(await text(process.stdin));
const cwd = mkdtempSync(join(tmpdir(), "lint-"));
const files = { "schema.graphql": schema, ...operations };
for (const [name, content] of Object.entries(files)) writeFileSync(join(cwd, name), content);

const parserOptions = { graphQLConfig: { schema, documents: Object.keys(operations).map((name) => join(cwd, name)) } };
const rules = (...names) => Object.assign({}, ...names.map((name) => graphql.configs[`flat/${name}`].rules));
const told = Object.fromEntries(Object.entries(options).map(([rule, given]) => [`@graphql-eslint/${rule}`, ["error", given]]));
const held = (files, rules) => ({ files, rules, plugins: { "@graphql-eslint": graphql }, languageOptions: { parser: graphql.parser, parserOptions } });
const overrideConfig = [
  held(["schema.graphql"], { ...rules("schema-recommended", "schema-relay"), ...told }),
  held(Object.keys(operations), rules("operations-recommended")),
];
const eslint = new ESLint({ cwd, overrideConfigFile: true, overrideConfig });
const results = await eslint.lintFiles(Object.keys(files));
rmSync(cwd, { recursive: true });
const found = results.flatMap(({ filePath, messages }) =>
  messages.map(({ ruleId, line, message }) => ({ file: filePath.slice(cwd.length + 1), rule: ruleId ? ruleId.split("/").at(-1) : "not read", line, message })),
);
console.log(JSON.stringify(found));
