/**
 * `fetch` over Node's own HTTP client for what is short: to load the built-in fetch and what its answers are made of
 * takes longer than most answers do. Streams, uploads and redirects go to the built-in one.
 */
import type { IncomingMessage, RequestOptions } from 'node:http';
import { createRequire } from 'node:module';
import type { Fetch, StreamedAnswer } from '#libs/client';

/** An import of `node:http` reads all that it exports, and with that loads the built-in fetch. */
const require = createRequire(import.meta.url);

const REDIRECTS = [301, 302, 303, 307, 308];

export const httpFetch: Fetch = async (url, init = {}) => {
  const { method = 'GET', body, signal, headers = {} } = init;
  if (headers.accept === 'text/event-stream' || (body !== undefined && typeof body !== 'string')) {
    return globalThis.fetch(url, init);
  }
  const answer = await send(url, { method, headers, signal }, body);
  return REDIRECTS.includes(answer.status) ? globalThis.fetch(url, init) : answer;
};

async function send(url: string, options: RequestOptions, body?: string): Promise<StreamedAnswer> {
  const { request }: typeof import('node:http') = require(
    url.startsWith('https:') ? 'node:https' : 'node:http',
  );
  const { signal } = options;
  signal?.throwIfAborted();
  return new Promise<StreamedAnswer>((resolve, reject) => {
    const asked = request(url, options, (response) => void read(response).then(resolve, reject));
    asked.once('error', reject);
    asked.end(body);
  });
}

async function read(response: IncomingMessage): Promise<StreamedAnswer> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  const { statusCode: status = 0, headersDistinct: headers } = response;
  return {
    status,
    ok: status >= 200 && status < 300,
    headers: { get: (name) => headers[name.toLowerCase()]?.join(', ') ?? null },
    text: async () => text,
    json: async () => JSON.parse(text),
    body: null,
  };
}
