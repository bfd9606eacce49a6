// How a role is asked and asks: over the lines, where the test is the network, or over HTTP on this machine alone.

import { createServer } from "node:http";
import * as lines from "./lines.mjs";
import { oauth2 } from "./packages.mjs";

const body = async (incoming) => {
  const chunks = [];
  for await (const chunk of incoming) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
};

/** A role that others ask. `http` is the name by which they call this machine; without it they come over the lines. */
export const open = async (http) => {
  if (!http) return lines;
  const fetch = outside(http);
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const origin = `http://${http}:${server.address().port}`;
  let begin;
  const begun = new Promise((resolve) => {
    begin = resolve;
  });
  server.on("request", async (incoming, outgoing) => {
    try {
      const url = `${origin}${incoming.url}`;
      const { method } = incoming;
      const headers = new Headers(incoming.headers);
      const request = { url, method, headers, path: new URL(url).pathname, body: await body(incoming) };
      const answer = lines.written(await (await begun)(request));
      outgoing.writeHead(answer.status, answer.headers).end(answer.body);
    } catch (error) {
      lines.say(lines.failure(error));
      outgoing.writeHead(500).end();
    }
  });
  // Requests are answered from now on; what comes over the lines is the test's.
  const serve = (answer) => {
    begin(answer);
    return lines.hear();
  };
  return { origin, serve, fetch };
};

/** How a role asks others. */
export const outside = (http) => {
  if (!http) return lines.fetch;
  oauth2.setGlobalConfig({ allowInsecureUrls: true });
  return globalThis.fetch;
};
