import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { httpFetch } from './http-fetch.js';

describe('the fetch of the command', () => {
  let server: Server;
  let url: string;
  beforeAll(async () => {
    server = createServer(async (request, response) => {
      let text = '';
      for await (const chunk of request) text += chunk;
      if (request.url === '/hang') return;
      if (request.url === '/none') return void response.writeHead(204).end();
      if (request.url === '/moved') return void response.writeHead(307, { location: '/echo' }).end();
      if (request.url === '/half') {
        response.writeHead(200, { 'content-length': '100' });
        return void response.write('half', () => response.destroy());
      }
      const told = { method: request.method, key: request.headers['idempotency-key'], text };
      response.writeHead(201, { 'content-type': 'application/json', etag: '"g1"' }).end(JSON.stringify(told));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  it.each([
    ['text', '{"a":"ü"}'],
    ['a file', new Blob(['{"a":"ü"}'])],
  ])('sends %s and gives status, headers and body', async (_, body) => {
    const init = { method: 'POST', headers: { 'idempotency-key': 'k' }, body };
    const response = await httpFetch(`${url}/echo`, init);
    expect([response.status, response.headers.get('etag')]).toEqual([201, '"g1"']);
    expect(await response.json()).toEqual({ method: 'POST', key: 'k', text: '{"a":"ü"}' });
  });

  it('knows answers without a body, and follows what has moved', async () => {
    expect((await httpFetch(`${url}/none`)).status).toBe(204);
    const moved = await httpFetch(`${url}/moved`, { method: 'POST', body: 'again' });
    expect(await moved.json()).toMatchObject({ method: 'POST', text: 'again' });
  });

  it('fails when the answer breaks off, nobody listens, or its caller has enough', async () => {
    await expect(httpFetch(`${url}/half`)).rejects.toThrow();
    await expect(httpFetch('http://127.0.0.1:1/')).rejects.toThrow('ECONNREFUSED');
    await expect(httpFetch('https://127.0.0.1:1/')).rejects.toThrow('ECONNREFUSED');
    const enough = new AbortController();
    const hanging = httpFetch(`${url}/hang`, { signal: enough.signal });
    enough.abort();
    await expect(hanging).rejects.toThrow();
    await expect(httpFetch(`${url}/echo`, { signal: enough.signal })).rejects.toThrow();
  });
});
