/** A real nats-server with JetStream for one test: its own port and data, and all that can befall a server. */
import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../free-port.js';
import { testFolder } from '../test-folder.js';
import { waitFor } from '../wait-for.js';
import { greeting } from './greeting.js';
import { launchContainer } from './launch-container.js';
import { launchProcess } from './launch-process.js';
import type { NatsRun } from './nats-run.js';

export interface NatsServerOptions {
  /** Default: a new folder of the test. */
  dataDir?: string;
  /** Default: a free one. */
  port?: number;
  /** Clients must give it. */
  token?: string;
  /** More of its configuration: accounts, TLS. It is a process then, never a container. */
  config?: string;
  /** Default true. */
  started?: boolean;
}

const READY_TIMEOUT_MS = 15_000;

export class NatsServer {
  readonly url: string;
  private current: NatsRun | undefined;

  constructor(
    readonly port: number,
    readonly dataDir: string,
    private readonly token: string | undefined,
    private readonly config: string | undefined,
  ) {
    this.url = `nats://127.0.0.1:${port}`;
  }

  get running(): boolean {
    return this.current !== undefined;
  }

  /** Holds it where it is: connections stay, nothing is answered. */
  async freeze(): Promise<void> {
    await this.current?.freeze();
  }

  async thaw(): Promise<void> {
    await this.current?.thaw();
  }

  /** Same port, same data. Resolves once clients are served and JetStream is on. */
  async start(): Promise<void> {
    if (this.current) return;
    const name = `test-${randomUUID()}`;
    const launch = { name, port: this.port, dataDir: this.dataDir, token: this.token, config: this.config };
    const contained = process.env.VMAN_TEST_SERVERS === 'containers' && this.config === undefined;
    const run = await (contained ? launchContainer : launchProcess)(launch);
    try {
      await this.untilServed(name, run);
    } catch (error) {
      await run.end('killed');
      throw error;
    }
    this.current = run;
  }

  private async untilServed(name: string, run: NatsRun): Promise<void> {
    const outcome = await waitFor<string | boolean>(
      async () => run.failure() ?? (await this.isServedBy(name)),
      {
        timeoutMs: READY_TIMEOUT_MS,
        what: `nats-server serves port ${this.port}`,
      },
    );
    if (typeof outcome === 'string') throw new Error(`nats-server ended: ${outcome}`);
  }

  private async isServedBy(name: string): Promise<boolean> {
    const hello = await greeting(this.port);
    return hello.server_name === name && hello.jetstream === true;
  }

  /** Orderly end; the data stays. */
  async stop(): Promise<void> {
    await this.end('orderly');
  }

  /** As by kill -9; the data stays as it happens to be. */
  async kill(): Promise<void> {
    await this.end('killed');
  }

  /** Loses all data. A running server is killed for it and runs again afterwards, empty. */
  async wipe(): Promise<void> {
    const again = this.running;
    await this.end('killed');
    for (const name of readdirSync(this.dataDir)) rmSync(join(this.dataDir, name), { recursive: true });
    if (again) await this.start();
  }

  /** Stops it and removes its data folder. */
  async remove(): Promise<void> {
    await this.end('killed');
    rmSync(this.dataDir, { recursive: true, force: true });
  }

  private async end(how: 'orderly' | 'killed'): Promise<void> {
    const run = this.current;
    this.current = undefined;
    await run?.end(how);
  }
}

/** Starts a server (see NatsServer); end it with `stop()` or `remove()`. */
export async function startNats(options: NatsServerOptions = {}): Promise<NatsServer> {
  const dataDir = options.dataDir ?? testFolder('nats');
  mkdirSync(dataDir, { recursive: true });
  const server = new NatsServer(options.port ?? (await freePort()), dataDir, options.token, options.config);
  if (options.started !== false) await server.start();
  return server;
}
