// The npm client graphql-sse, as an app without sockets uses it. One line of JSON on standard output for each result, and "end".
import { createClient } from "graphql-sse";

const [url, token, query] = process.argv.slice(2);
const client = createClient({ url, headers: { authorization: `Bearer ${token}` }, retryAttempts: 0 });
const say = (line) => process.stdout.write(JSON.stringify(line) + "\n");

process.stdin.on("end", () => process.exit(0)).resume();
for await (const result of client.iterate({ query })) say(result);
say("end");
process.exit(0);
