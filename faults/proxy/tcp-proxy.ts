/**
 * A TCP proxy that does to a connection what a network does: delay, loss, a cut. It knows no protocol, so it stands
 * before the bus and the database alike. Loss on TCP is a stall: the bytes come late or never, but never out of
 * order and never with a hole; a stalled direction of a connection therefore models lost packets, and both together
 * a host that is unreachable. A cut resets what is open and refuses what is new, as a closed port does.
 */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { Direction } from './direction.js';

export type Way = 'to-server' | 'to-client' | 'both';

interface Link {
  client: Socket;
  server: Socket;
  toServer: Direction;
  toClient: Direction;
}

export interface Target {
  host: string;
  port: number;
}

export class TcpProxy {
  private readonly links = new Set<Link>();
  private stalls: Way | undefined;
  private delay: () => number = () => 0;
  private isCut = false;

  private constructor(
    private readonly listener: Server,
    private readonly target: Target,
  ) {
    listener.on('connection', (client) => this.join(client));
  }

  /** Listens on a port of its own on the loopback interface. */
  static async start(target: Target): Promise<TcpProxy> {
    const listener = createServer({ allowHalfOpen: true });
    listener.listen(0, '127.0.0.1');
    await once(listener, 'listening');
    return new TcpProxy(listener, target);
  }

  get port(): number {
    return (this.listener.address() as AddressInfo).port;
  }

  get connections(): number {
    return this.links.size;
  }

  /** Each chunk waits for so many ms from now on; order is kept. */
  slow(delayMs: () => number): void {
    this.delay = delayMs;
  }

  /** Nothing passes that way any more; new connections are taken and hear nothing either. */
  stall(way: Way): void {
    this.stalls = way;
    for (const link of this.links) this.applyStall(link);
  }

  /** Resets every connection and refuses new ones. */
  cut(): void {
    this.isCut = true;
    this.reset();
  }

  /** Resets every connection; new ones are served. */
  reset(): void {
    for (const { client, server } of this.links) {
      client.resetAndDestroy();
      server.resetAndDestroy();
    }
  }

  /** Back to a good network; what was held back arrives now. */
  heal(): void {
    this.isCut = false;
    this.stalls = undefined;
    this.delay = () => 0;
    for (const link of this.links) this.applyStall(link);
  }

  async stop(): Promise<void> {
    const closed = once(this.listener, 'close');
    this.listener.close();
    this.reset();
    await closed;
  }

  private join(client: Socket): void {
    client.on('error', () => {});
    if (this.isCut) {
      client.resetAndDestroy();
      return;
    }
    const server = connect({ ...this.target, allowHalfOpen: true, noDelay: true });
    client.setNoDelay(true);
    const delayMs = () => this.delay();
    const link: Link = {
      client,
      server,
      toServer: new Direction(client, server, delayMs),
      toClient: new Direction(server, client, delayMs),
    };
    this.links.add(link);
    // After an orderly end each side closes by itself, once it has got all that is on its way to it.
    const part = (broken: boolean) => {
      if (!broken && !(client.closed && server.closed)) return;
      this.links.delete(link);
      link.toServer.close();
      link.toClient.close();
      client.destroy();
      server.destroy();
    };
    server.on('error', () => client.resetAndDestroy());
    client.on('close', part);
    server.on('close', part);
    this.applyStall(link);
  }

  private applyStall({ toServer, toClient }: Link): void {
    toServer.stall(this.stalls === 'both' || this.stalls === 'to-server');
    toClient.stall(this.stalls === 'both' || this.stalls === 'to-client');
  }
}
