/**
 * An advisory lock and the session that it belongs to. Whatever is read through it was read while the lock was held:
 * when the connection has died, and the lock with it, the read fails.
 */
import type { QueryRunner } from 'typeorm';
import { asVmanError } from './sql-errors.js';
import { Tx } from './transaction.js';

export class HeldLock {
  private constructor(
    private readonly runner: QueryRunner,
    private readonly lock: number,
  ) {}

  static async take(runner: QueryRunner, lock: number): Promise<HeldLock | undefined> {
    let held: HeldLock | undefined;
    try {
      const rows: { got: boolean }[] = await runner.query('SELECT pg_try_advisory_lock($1) AS got', [lock]);
      if (rows[0]?.got) held = new HeldLock(runner, lock);
    } finally {
      if (!held) await runner.release();
    }
    return held;
  }

  /** Single statements, as long as the lock is held. */
  async read<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    try {
      return await work(new Tx(this.runner.manager));
    } catch (error) {
      throw asVmanError(error) ?? error;
    }
  }

  async release(): Promise<void> {
    // A connection that broke has given its locks back already.
    await this.runner.query('SELECT pg_advisory_unlock($1)', [this.lock]).catch(() => {});
    await this.runner.release().catch(() => {});
  }
}
