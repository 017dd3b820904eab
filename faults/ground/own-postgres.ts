import { randomBytes } from 'node:crypto';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { type TestDatabase, testFolder, waitFor } from '#libs/testing';
import { PROJECT } from '../../test/e2e/stack/project-root.js';
import type { RunningPostgres, startPostgres } from '../../tools/provision/postgres.mjs';

/** The sessions of a killed server may live for a moment, and hold its memory so long. */
const AGAIN_MS = 15_000;

/** A PostgreSQL server that faults may happen to; the one of the run is shared with others and is not touched. */
export class OwnPostgres {
  private constructor(
    private readonly launch: typeof startPostgres,
    private readonly dataDir: string,
    private server: RunningPostgres,
  ) {}

  static async start(): Promise<OwnPostgres> {
    const { startPostgres: launch } = await import(join(PROJECT, 'tools/provision/postgres.mjs'));
    const dataDir = testFolder('pg');
    // The server runs as another user and must get through.
    chmodSync(dataDir, 0o711);
    return new OwnPostgres(launch, dataDir, await launch({ dataDir }));
  }

  get port(): number {
    return this.server.port;
  }

  /** An empty database of its own. */
  async createDatabase(): Promise<TestDatabase> {
    const name = `faults_${randomBytes(6).toString('hex')}`;
    await this.run(`CREATE DATABASE ${name}`);
    const url = new URL(this.server.url);
    url.pathname = `/${name}`;
    return { url: url.href, drop: () => this.run(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) };
  }

  /** SIGKILL: as in a crash; SIGQUIT: without writing anything down; SIGINT: orderly. */
  async end(signal: 'SIGKILL' | 'SIGQUIT' | 'SIGINT'): Promise<void> {
    process.kill(this.server.pid, signal);
    await this.server.exited;
  }

  /** On the same port, with what was committed. */
  async start(): Promise<void> {
    const { port } = this.server;
    this.server = await waitFor(() => this.launch({ dataDir: this.dataDir, port }), {
      timeoutMs: AGAIN_MS,
      everyMs: 100,
      what: 'the database server starts again',
    });
    if (this.server.port !== port) throw new Error(`port ${port} was taken while the database was away`);
  }

  async stop(): Promise<void> {
    await this.server.stop();
  }

  private async run(statement: string): Promise<void> {
    const client = new Client({ connectionString: this.server.url });
    await client.connect();
    try {
      await client.query(statement);
    } finally {
      await client.end();
    }
  }
}
