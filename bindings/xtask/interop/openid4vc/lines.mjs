// One JSON value a line, both ways: the test does what a network would.

import { createInterface } from "node:readline";

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

export const hear = async () => {
  const { value, done } = await lines.next();
  return done ? null : JSON.parse(value);
};

export const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);

/** Says something and waits for what comes back. */
export const exchange = async (message) => {
  say(message);
  return hear();
};

/** `fetch`, over the lines. */
export const fetch = async (url, { method = "GET", headers = {}, body } = {}) => {
  const request = {
    method: method.toUpperCase(),
    url: url.toString(),
    headers: Object.fromEntries(new Headers(headers)),
    body: body?.toString() ?? "",
  };
  const answer = await exchange({ fetch: request });
  return new Response(answer.status === 204 ? null : answer.body, answer);
};

/** Answers requests until something else comes, and returns that. */
export const serve = async (answer) => {
  for (;;) {
    const message = await hear();
    if (!message?.request) return message;
    const { url, method, headers, body } = message.request;
    say(written(await answer({ url, method, headers: new Headers(headers), path: new URL(url).pathname, body })));
  }
};

/** An answer as it is sent. */
export const written = ({ status = 200, type = "application/json", content = "", location }) => {
  const text = typeof content === "string" ? content : JSON.stringify(content);
  return { status, headers: { "content-type": type, ...(location && { location }) }, body: text };
};

/** What went wrong, for the test. */
export const failure = (error) => ({
  failed: `${error.stack}\n${JSON.stringify(error.errorResponse ?? error.cause?.stack ?? null)}`,
});
