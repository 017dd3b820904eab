/**
 * `fetch` over Node's own HTTP client for what is short: the built-in fetch compiles its parser and streams at its first
 * request, which takes longer than most answers. Streams, uploads and redirects go to the built-in one.
 */
import type { IncomingMessage, RequestOptions } from 'node:http';

const NO_BODY = [204, 205, 304];

export const httpFetch: typeof globalThis.fetch = async (input, init = {}) => {
  const { method = 'GET', body, signal } = init;
  const headers = Object.fromEntries(new Headers(init.headers));
  const streams = headers.accept === 'text/event-stream';
  if (typeof input !== 'string' || streams || (body != null && typeof body !== 'string')) {
    return globalThis.fetch(input, init);
  }
  const answer = await send(input, { method, headers, signal: signal ?? undefined }, body ?? undefined);
  if (answer.status >= 300 && answer.status < 400 && answer.status !== 304) {
    return globalThis.fetch(input, init);
  }
  return new Response(NO_BODY.includes(answer.status) ? null : answer.body, answer);
};

interface Answer {
  status: number;
  headers: [string, string][];
  body: Uint8Array<ArrayBuffer>;
}

async function send(url: string, options: RequestOptions, body?: string): Promise<Answer> {
  const { request } = url.startsWith('https:') ? await import('node:https') : await import('node:http');
  const { signal } = options;
  signal?.throwIfAborted();
  return new Promise<Answer>((resolve, reject) => {
    const asked = request(url, options, (response) => void read(response).then(resolve, reject));
    asked.once('error', reject);
    asked.end(body);
  });
}

async function read(response: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  const headers = Object.entries(response.headersDistinct).flatMap(([name, values = []]) =>
    values.map((value): [string, string] => [name, value]),
  );
  return { status: response.statusCode ?? 0, headers, body: new Uint8Array(Buffer.concat(chunks)) };
}
