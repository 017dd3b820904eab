/**
 * The data layer of intel: nothing outside this folder knows SQL.
 *
 * A change is one transaction that gets all repositories (`Tx`). Two transactions that meet (deadlock,
 * serialization) are done again here; therefore the work given to `transaction` must have no effect outside of it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from 'pg';
import type { DataSource, QueryRunner } from 'typeorm';
import { VmanError } from '#libs/errors';
import { makeDataSource, POOL_SIZE } from './data-source.js';
import { type Connection, endTransaction, flush } from './flush.js';
import { HeldLock } from './held-lock.js';
import { ChangeListener, type Listener } from './listener.js';
import { type Change, hearLocally, type Pending, pendingOf } from './notify.js';
import { type PoolFigures, poolFigures } from './pool-figures.js';
import { isStalePlan } from './prepared-client.js';
import type { Rehearsal } from './rehearsal.js';
import { asVmanError, isAway, mayRepeat } from './sql-errors.js';
import { together } from './together.js';
import type { EndedOperation, OutboxRow, UnsentRow } from './told-rows.js';
import { Tx } from './transaction.js';

export interface DatabaseLogger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

export const LOCKS = {
  migrations: 7_401_001,
  relay: 7_401_002,
  recovery: 7_401_003,
  templates: 7_401_004,
  feed: 7_401_005,
  diskSweep: 7_401_006,
  failover: 7_401_007,
  drain: 7_401_008,
} as const;

/**
 * Who sends what transactions leave in the outbox. The rows that it wants are handed to it once they are committed,
 * with what it reads behind the commit, in the same packet, so that it need not look for them.
 */
export interface OutboxSender<T> {
  wants(rows: readonly OutboxRow[]): boolean;
  read(tx: Tx, rows: readonly OutboxRow[]): Promise<T>;
  hand(rows: UnsentRow[], read: T): void;
}

const TRIES_MAX = 5;
const FIRST_WAIT_MS = 250;
const WAIT_MAX_MS = 5_000;

export class Database {
  private readonly listener: ChangeListener;
  private readonly going = new AbortController();
  private readonly endedListeners = new Set<(operation: EndedOperation) => void>();
  private sender: OutboxSender<unknown> | undefined;

  private constructor(
    private readonly source: DataSource,
    backends: ReadonlySet<number>,
    url: string,
    logger: DatabaseLogger,
  ) {
    this.listener = new ChangeListener(url, logger, (pid) => backends.has(pid));
    hearLocally(source, (change) => this.listener.tell(change));
  }

  /** Waits for the database as long as it takes, then brings its tables up to date. */
  static async open(url: string, logger: DatabaseLogger): Promise<Database> {
    const backends = new Set<number>();
    const source = await connect(url, backends, logger);
    const database = new Database(source, backends, url, logger);
    const ran = await database.migrate();
    if (ran.length > 0) logger.info({ migrations: ran }, 'migrations done');
    await database.listener.start();
    return database;
  }

  /** Several statements that succeed or fail as one. Throws VmanError for what a caller can be told. */
  async transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        const { result, changes, ended, handOver } = await commit(
          this.source.createQueryRunner(),
          work,
          this.sender,
        );
        for (const operation of ended) for (const tell of this.endedListeners) tell(operation);
        handOver?.();
        for (const change of changes) if (!handOver || change.kind !== 'outbox') this.listener.tell(change);
        return result;
      } catch (error) {
        if (mayRepeat(error) && attempt < TRIES_MAX) continue;
        // It may have been committed all the same, unheard.
        if (isAway(error)) this.listener.tell(undefined);
        throw asVmanError(error) ?? error;
      }
    }
  }

  /**
   * The same as `transaction` up to its last statement, and then all of it is undone: nothing is written, nobody is
   * told. What is only counted at a commit is counted too.
   */
  async rehearse<T>(rehearsal: Rehearsal, work: (tx: Tx) => Promise<T>): Promise<T> {
    try {
      return await undo(this.source.createQueryRunner(), rehearsal, work);
    } catch (error) {
      throw asVmanError(error) ?? error;
    }
  }

  /** Single statements outside of a transaction, through one connection: what goes together is one round trip. */
  async read<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    try {
      return await this.singly(work);
    } catch (error) {
      if (isStalePlan(error)) return this.singly(work);
      throw asVmanError(error) ?? error;
    }
  }

  /**
   * Does the work if no other session of any replica holds the lock now. The lock belongs to a connection: it is
   * free again when the process dies, whatever happens.
   */
  async exclusively(lock: number, work: () => Promise<void>): Promise<'done' | 'held-by-another'> {
    const runner = this.source.createQueryRunner();
    try {
      const rows: { got: boolean }[] = await runner.query('SELECT pg_try_advisory_lock($1) AS got', [lock]);
      if (!rows[0]?.got) return 'held-by-another';
      try {
        await work();
      } finally {
        await unlock(runner, lock);
      }
      return 'done';
    } catch (error) {
      throw asVmanError(error) ?? error;
    } finally {
      await runner.release();
    }
  }

  /** A lock that is held until it is given back or its connection breaks; undefined: another session has it. */
  async hold(lock: number): Promise<HeldLock | undefined> {
    try {
      return await HeldLock.take(this.source.createQueryRunner(), lock);
    } catch (error) {
      throw asVmanError(error) ?? error;
    }
  }

  /** Calls `listener` for what other transactions announce, and with nothing after a gap in hearing. */
  onChange(listener: Listener): { stop(): void } {
    return this.listener.add(listener);
  }

  /** Calls `listener` for each operation that a transaction of this process has ended. */
  onEnded(listener: (operation: EndedOperation) => void): void {
    this.endedListeners.add(listener);
  }

  /** From now on what is committed here is handed to this one. */
  sendThrough(sender: OutboxSender<unknown>): void {
    this.sender = sender;
  }

  /** What the pool of connections is at. */
  get pool(): PoolFigures {
    const pool: Pool | undefined = Reflect.get(this.source.driver, 'master');
    const { totalCount = 0, idleCount = 0, waitingCount = 0 } = pool ?? {};
    return poolFigures({ total: totalCount, idle: idleCount, asking: waitingCount, max: POOL_SIZE });
  }

  /** Aborted when nobody should wait for a change any longer. */
  get closing(): AbortSignal {
    return this.going.signal;
  }

  /** Lets those who wait for a change give up; everything else goes on. */
  beginClose(): void {
    this.going.abort();
  }

  async ping(): Promise<void> {
    await this.source.query('SELECT 1');
  }

  async pendingMigrations(): Promise<boolean> {
    return this.source.showMigrations();
  }

  async close(): Promise<void> {
    this.beginClose();
    await this.listener.stop();
    if (this.source.isInitialized) await this.source.destroy();
  }

  /** The connection is taken with the first statement. */
  private async singly<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    const runner = this.source.createQueryRunner();
    try {
      return await work(new Tx(runner.manager));
    } finally {
      await runner.release();
    }
  }

  /** One replica at a time; the others wait for it and then find nothing to do. */
  private async migrate(): Promise<string[]> {
    const runner = this.source.createQueryRunner();
    try {
      await runner.query('SELECT pg_advisory_lock($1)', [LOCKS.migrations]);
      const ran = await this.source.runMigrations();
      return ran.map((migration) => migration.name);
    } catch (error) {
      throw await failedMigration(runner, this.source, error);
    } finally {
      await unlock(runner, LOCKS.migrations);
      await runner.release();
    }
  }
}

interface Committed<T> {
  result: T;
  changes: Change[];
  ended: EndedOperation[];
  /** Absent: nobody is told of the rows of the outbox but by their announcement. */
  handOver: (() => void) | undefined;
}

/** The work as one transaction. What it leaves to others is written by the packet that commits it. */
async function commit<T>(
  runner: QueryRunner,
  work: (tx: Tx) => Promise<T>,
  sender: OutboxSender<unknown> | undefined,
): Promise<Committed<T>> {
  try {
    const connection: Connection = await runner.connect();
    await runner.startTransaction();
    try {
      const pending = freshPending(runner);
      const tx = new Tx(runner.manager);
      const result = await work(tx);
      const { changes, ended, outbox } = pending;
      const taker = outbox.length > 0 && sender?.wants(outbox) ? sender : undefined;
      // One packet, and nothing of it through the runner, which would send it later than what is read behind it.
      const written = together(flush(connection, pending), endTransaction(connection));
      const reading = taker?.read(tx, outbox).catch(() => undefined);
      const [[ids], read] = await together(written, reading);
      const rows = outbox.map((row, at) => unsent(row, ids[at] ?? 0));
      const handOver = taker && read !== undefined ? () => taker.hand(rows, read) : undefined;
      return { result, changes: [...changes], ended: [...ended], handOver };
    } catch (error) {
      if (runner.isTransactionActive) await runner.rollbackTransaction().catch(() => {});
      throw error;
    }
  } finally {
    await runner.release();
  }
}

const unsent = ({ vmId, operationId, count, ...row }: OutboxRow, id: number): UnsentRow => ({
  ...row,
  id,
  vmId: vmId ?? null,
  operationId: operationId ?? null,
  count: count ?? null,
});

async function undo<T>(runner: QueryRunner, rehearsal: Rehearsal, work: (tx: Tx) => Promise<T>): Promise<T> {
  try {
    const connection: Connection = await runner.connect();
    await runner.startTransaction();
    try {
      const pending = freshPending(runner);
      const tx = new Tx(runner.manager, rehearsal);
      const result = await work(tx);
      await noteTold(tx, pending, rehearsal);
      await flush(connection, pending);
      await runner.query('SET CONSTRAINTS ALL IMMEDIATE');
      return result;
    } finally {
      await runner.rollbackTransaction();
    }
  } finally {
    await runner.release();
  }
}

/** The VMs that hosts would be told of, as this transaction sees them. */
async function noteTold(tx: Tx, { outbox }: Pending, rehearsal: Rehearsal): Promise<void> {
  const told = outbox.filter((it) => it.kind === 'desired' && it.vmId != null);
  for (const id of new Set(told.map((it) => String(it.vmId)))) {
    const seen = await tx.vms.get(id);
    if (seen) rehearsal.told.push({ ...seen, parts: await tx.parts.of(id) });
  }
}

/** A runner comes from the pool and may have been used before. */
function freshPending(runner: QueryRunner): Pending {
  const pending = pendingOf(runner);
  pending.changes.length = 0;
  pending.facts.length = 0;
  pending.outbox.length = 0;
  pending.audit.length = 0;
  pending.ended.length = 0;
  return pending;
}

/** Each migration is one transaction: the first that is not there is the one that failed, and left nothing. */
async function failedMigration(runner: QueryRunner, source: DataSource, cause: unknown): Promise<unknown> {
  if (isAway(cause)) return cause;
  const done = await runner.query('SELECT name FROM migrations').catch(() => []);
  const names = new Set((done as { name: string }[]).map((it) => it.name));
  const failed = source.migrations.find((it) => !names.has(it.name ?? it.constructor.name));
  if (!failed) return cause;
  const message = `The migration ${failed.name} failed, and nothing of it was kept: ${(cause as Error).message}`;
  return new VmanError('internal', message, { cause });
}

async function unlock(runner: QueryRunner, lock: number): Promise<void> {
  // A connection that broke has given its locks back already.
  await runner.query('SELECT pg_advisory_unlock($1)', [lock]).catch(() => {});
}

const wordsOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

async function connect(url: string, backends: Set<number>, logger: DatabaseLogger): Promise<DataSource> {
  for (let wait = FIRST_WAIT_MS; ; wait = Math.min(wait * 2, WAIT_MAX_MS)) {
    const source = makeDataSource(url, backends);
    try {
      return await source.initialize();
    } catch (error) {
      if (!isAway(error))
        throw new VmanError('internal', `The database refused the connection: ${wordsOf(error)}`, {
          cause: error,
        });
      logger.warn({ err: error, retryMs: wait }, 'waiting for the database');
      await sleep(wait);
    }
  }
}
