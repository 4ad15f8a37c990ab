// The npm client graphql-ws with an operation that has one result, which goes to standard output as one line of JSON.
import { createClient } from "graphql-ws";
import WebSocket from "ws";

const [url, token, query] = process.argv.slice(2);
const connectionParams = { authorization: `Bearer ${token}` };
const client = createClient({ url, webSocketImpl: WebSocket, connectionParams, retryAttempts: 0 });
for await (const result of client.iterate({ query })) process.stdout.write(JSON.stringify(result) + "\n");
await client.dispose();
