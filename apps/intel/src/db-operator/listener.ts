/**
 * Hears the announcements of all replicas (LISTEN) on a connection of its own. It may assume nothing about their
 * completeness: while the connection is broken announcements are lost, so each listener is called with `undefined`
 * after every gap and then has to look for itself.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { CHANNEL, type Change } from './notify.js';

export type Listener = (change: Change | undefined) => void;

const RETRY_MS = 500;

export class ChangeListener {
  private readonly listeners = new Set<Listener>();
  private client: Client | undefined;
  private stopped = false;

  constructor(
    private readonly url: string,
    private readonly logger: { warn(fields: object, message: string): void },
    /** Whose announcements were told here already. */
    private readonly isOwn: (pid: number) => boolean,
  ) {}

  async start(): Promise<void> {
    await this.connect();
  }

  add(listener: Listener): { stop(): void } {
    this.listeners.add(listener);
    return { stop: () => this.listeners.delete(listener) };
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.client?.end().catch(() => {});
  }

  private async connect(): Promise<void> {
    const client = new Client({
      connectionString: this.url,
      application_name: 'vman-intel-listen',
      keepAlive: true,
    });
    client.on('error', (err) => this.logger.warn({ err }, 'the listening connection to the database broke'));
    client.on('notification', ({ processId, payload }) => {
      if (!this.isOwn(processId)) this.hear(payload ?? '');
    });
    try {
      await client.connect();
      await client.query(`LISTEN ${CHANNEL}`);
    } catch (error) {
      await client.end().catch(() => {});
      throw error;
    }
    client.once('end', () => void this.reconnect());
    this.client = client;
  }

  private async reconnect(): Promise<void> {
    while (!this.stopped) {
      await sleep(RETRY_MS, undefined, { ref: false });
      try {
        if (!this.stopped) await this.connect();
        this.tell(undefined);
        return;
      } catch {
        // Still away; the pool's own users report it.
      }
    }
  }

  private hear(payload: string): void {
    const at = payload.indexOf(':');
    this.tell({ kind: payload.slice(0, at), id: payload.slice(at + 1) });
  }

  /** Also for what this process committed itself. */
  tell(change: Change | undefined): void {
    for (const listener of this.listeners) listener(change);
  }
}
