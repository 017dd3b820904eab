/**
 * A connection of the pool that saves the two things that cost most between intel and Postgres, planning and waiting:
 *
 *   - a statement with parameters is prepared under a name, once a connection, and then only bound and executed
 *   - statements are sent as they come (pipelined): what does not need the answer of another does not wait for it;
 *     those of one turn of the event loop go in one packet, with the one that opens their transaction
 *
 * The names are those of the whole process and bounded in number, since a list of another length is another text.
 * What a statement gives may change under it when the tables do (a later release migrates them): Postgres then
 * refuses its plan, and from there on every text gets a fresh name.
 */
import type { Socket } from 'node:net';
import { Client, type ClientConfig, type QueryResult } from 'pg';

const NAMES_MAX = 500;
const OPEN = 'START TRANSACTION';
const PLAN_IS_STALE = '0A000';

const names = new Map<string, string>();
let epoch = 0;

class PreparedClient extends Client {
  private gathering = false;

  constructor(config: ClientConfig | undefined, backends: Set<number>) {
    super({ ...config, pipeline: true } as ClientConfig);
    const pid = () => (this as unknown as { processID: number }).processID;
    this.once('connect', () => backends.add(pid()));
    this.once('end', () => backends.delete(pid()));
  }

  /** What is sent until the end of this turn goes as one packet. */
  gather(): void {
    if (this.gathering) return;
    this.gathering = true;
    const { stream } = (this as unknown as { connection: { stream: Socket } }).connection;
    stream.cork();
    process.nextTick(() => {
      this.gathering = false;
      stream.uncork();
    });
  }
}

/** For one pool: `backends` holds the server's processes behind it, as notifications name them. */
export function preparedClient(backends: Set<number>): typeof Client {
  return class extends PreparedClient {
    constructor(config?: ClientConfig) {
      super(config, backends);
    }
  } as unknown as typeof Client;
}

type Query = (config: unknown, values?: unknown, callback?: unknown) => Promise<QueryResult>;
const plain = Client.prototype.query as unknown as Query;

function query(
  this: PreparedClient,
  config: unknown,
  values?: unknown,
  callback?: unknown,
): Promise<QueryResult> {
  this.gather();
  if (typeof config !== 'string' || callback !== undefined || typeof values === 'function') {
    return plain.call(this, config, values, callback);
  }
  if (config === OPEN) {
    const opened = plain.call(this, config);
    // It fails only with its connection, and then so does whatever was sent after it.
    opened.catch(() => {});
    return Promise.resolve(NOTHING);
  }
  const name = Array.isArray(values) && values.length > 0 ? nameOf(config) : undefined;
  if (name === undefined) return plain.call(this, config, values);
  return plain.call(this, { name, text: config, values }).catch((error: unknown) => {
    if (isStalePlan(error)) forgetNames();
    throw error;
  });
}
PreparedClient.prototype.query = query as unknown as Client['query'];

const NOTHING: QueryResult = { rows: [], rowCount: 0, command: OPEN, oid: 0, fields: [] };

function nameOf(text: string): string | undefined {
  const known = names.get(text);
  if (known !== undefined || names.size >= NAMES_MAX) return known;
  const name = `v${epoch}_${names.size}`;
  names.set(text, name);
  return name;
}

function forgetNames(): void {
  epoch += 1;
  names.clear();
}

/** The tables are other ones than when the statement was prepared: the next try prepares it anew. */
export function isStalePlan(error: unknown): boolean {
  return (
    (error as { code?: unknown } | null)?.code === PLAN_IS_STALE &&
    error instanceof Error &&
    error.message.includes('cached plan')
  );
}
