// The npm client graphql-ws, as an app uses it. One line of JSON on standard output for each message it is told.
// Lines on standard input: "drop" cuts the connection without a word.
import { createInterface } from "node:readline";
import { createClient } from "graphql-ws";
import WebSocket from "ws";

const [url, token, query] = process.argv.slice(2);
const say = (line) => process.stdout.write(JSON.stringify(line) + "\n");
let after = null;
let socket = null;
const client = createClient({
  url,
  webSocketImpl: WebSocket,
  connectionParams: { authorization: `Bearer ${token}` },
  retryAttempts: 0,
  on: { connected: (opened) => (socket = opened) },
});

async function listen() {
  for await (const { data, errors } of client.iterate({ query, variables: { after } })) {
    if (errors) return say({ errors });
    after = data.caseChanged.cursor;
    say(data.caseChanged);
  }
}

async function listenForEver() {
  for (;;) {
    try {
      await listen();
    } catch (closed) {
      say({ closed: closed?.code ?? String(closed) });
    }
  }
}

createInterface({ input: process.stdin }).on("line", (line) => line === "drop" && socket.terminate()).on("close", () => process.exit(0));
listenForEver();
