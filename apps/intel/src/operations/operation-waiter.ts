import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock } from '#libs/clock';
import { Database, waitForChange } from '../db-operator/index.js';

/** Waits for the end of an operation without asking again and again. */
@Injectable()
export class OperationWaiter {
  /** How many wait for an operation, and whether it was seen to end here: then nobody has to ask. */
  private readonly waitedFor = new Map<string, { waiters: number; ended: boolean }>();

  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    database.onEnded(({ id }) => {
      const waited = this.waitedFor.get(id);
      if (waited) waited.ended = true;
    });
  }

  /** Resolves when it has changed since, has ended, or the time is over. */
  async untilChange(id: string, since: Date, timeoutMs: number): Promise<void> {
    await waitForChange<true>(
      this.database,
      this.clock,
      (change) => change.kind === 'operation' && change.id === id,
      async () => (await this.database.read((tx) => tx.operations.hasChanged(id, since))) || undefined,
      timeoutMs,
    );
  }

  /** Resolves when it has ended or the time is over, whichever is first. */
  async untilEnd(id: string, timeoutMs: number): Promise<void> {
    const waited = this.waitedFor.get(id) ?? { waiters: 0, ended: false };
    this.waitedFor.set(id, waited);
    waited.waiters += 1;
    try {
      await waitForChange<true>(
        this.database,
        this.clock,
        (change) => change.kind === 'operation' && change.id === id,
        async () =>
          waited.ended || (await this.database.read((tx) => tx.operations.hasEnded(id))) || undefined,
        timeoutMs,
      );
    } finally {
      waited.waiters -= 1;
      if (waited.waiters === 0) this.waitedFor.delete(id);
    }
  }
}
