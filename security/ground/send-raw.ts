import { request } from 'node:http';

export interface RawRequest {
  method: string;
  /** Sent as it is: no client tidies it up. */
  path: string;
  token?: string;
  headers?: Record<string, string>;
  body?: string | Buffer;
}

export interface RawReply {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
}

/** One request on a connection of its own. */
export function sendRaw(port: number, { method, path, token, headers, body }: RawRequest): Promise<RawReply> {
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        host: '127.0.0.1',
        port,
        method,
        path,
        agent: false,
        headers: {
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(body === undefined
            ? {}
            : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
          ...headers,
        },
      },
      (reply) => {
        const parts: Buffer[] = [];
        reply.on('data', (part: Buffer) => parts.push(part));
        const done = () =>
          resolve({
            status: reply.statusCode ?? 0,
            headers: reply.headers,
            text: Buffer.concat(parts).toString(),
          });
        reply.on('end', done);
        reply.on('error', done);
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}
