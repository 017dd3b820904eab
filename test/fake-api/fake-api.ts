/**
 * The REST API in this process, without trio, database or guests, for tests of those who talk to it. It keeps a handful
 * of resources in memory and answers with the shapes of the real one (their types come from its description). An operation takes one
 * more step with each look at it, so a test sees progress without waiting. What the real API decides is tested there.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Event } from '#libs/client';
import { NOW } from './builders.js';
import { FakeState, type Reply, type Seen } from './fake-state.js';
import { answer } from './routes.js';

export class FakeApi extends FakeState {
  /** Answers given instead, in order, before anything is looked at; `cut` closes the connection. */
  readonly instead: (Reply | 'cut')[] = [];
  /** The same for those who follow the events; without one a stream stays open. */
  readonly streams: Reply[] = [];
  readonly seen: Seen[] = [];
  private readonly readers = new Set<ServerResponse>();

  private readonly server = createServer();

  static async start(): Promise<FakeApi> {
    const api = new FakeApi();
    api.server.on('request', (request, response) => void api.serve(request, response));
    await new Promise<void>((resolve) => api.server.listen(0, '127.0.0.1', resolve));
    return api;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** The changes that were asked for: `POST /v1/vms/hello/start`. */
  get changes(): string[] {
    return this.seen.filter(({ method }) => method !== 'GET').map(({ method, url }) => `${method} ${url}`);
  }

  /** How many follow the events. */
  get followers(): number {
    return this.readers.size;
  }

  /** Something has happened: all who follow hear of it. */
  tell(event: Event): void {
    this.lists.events?.unshift(event);
    for (const reader of this.readers) reader.write(`id: ${event.id}\ndata: ${JSON.stringify(event)}\n\n`);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = '';
    for await (const chunk of request) text += chunk;
    const { method = '', url = '', headers } = request;
    const seen = { method, url, headers, body: bodyOf(text, headers['content-type']) };
    this.seen.push(seen);
    const stream = headers.accept === 'text/event-stream';
    const instead = stream ? this.streams.shift() : this.instead.shift();
    if (instead === 'cut') return void request.socket.destroy();
    const reply = instead ?? answer(this, seen);
    if (stream && !instead && reply.status === 200) return this.follow(response);
    response.writeHead(reply.status, {
      'content-type': reply.status >= 400 ? 'application/problem+json' : 'application/json',
      date: new Date(NOW).toUTCString(),
      ...reply.headers,
    });
    response.end(reply.text ?? (reply.body === undefined ? '' : JSON.stringify(reply.body)));
  }

  private follow(response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(': \n\n');
    this.readers.add(response);
    response.once('close', () => this.readers.delete(response));
  }
}

function bodyOf(text: string, type: string | undefined): unknown {
  if (!text) return undefined;
  return type === 'application/octet-stream' ? text : JSON.parse(text);
}
