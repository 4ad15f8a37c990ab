// Runs the example of a page for developers, the first block of js in it, over a wx.request that hands on one byte at a time.
// One line of JSON on standard output for each result, and "end".
import { readFileSync } from "node:fs";

const [page, url, token, query] = process.argv.slice(2);
const [, example] = /```js\n(.*?)```/s.exec(readFileSync(page, "utf8"));
const say = (line) => process.stdout.write(JSON.stringify(line) + "\n");

const wx = {
  request({ url, method, header, data, enableChunked, complete }) {
    if (!enableChunked) throw new Error("without it nothing comes before the end");
    const ending = new AbortController();
    let hear = () => {};
    const given = { method, headers: header, body: JSON.stringify(data), signal: ending.signal };
    const read = async () => {
      const { body } = await fetch(url, given);
      for await (const chunk of body) for (const byte of chunk) hear({ data: Uint8Array.of(byte).buffer });
    };
    const aborted = new Promise((over) => ending.signal.addEventListener("abort", over));
    Promise.race([read(), aborted]).catch(() => {}).finally(complete);
    return { onChunkReceived: (heard) => (hear = heard), abort: () => ending.abort() };
  },
};

const listen = new Function("wx", `${example}; return listen;`)(wx);
listen(url, token, query, {}, say, () => say("end"));
