import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock } from '#libs/clock';
import { Database, waitForChange } from '../db-operator/index.js';

/** Waits for the end of an operation without asking again and again. */
@Injectable()
export class OperationWaiter {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Resolves when it has ended or the time is over, whichever is first. */
  async untilEnd(id: string, timeoutMs: number): Promise<void> {
    await waitForChange<true>(
      this.database,
      this.clock,
      (change) => change.kind === 'operation' && change.id === id,
      async () => (await this.database.read((tx) => tx.operations.hasEnded(id))) || undefined,
      timeoutMs,
    );
  }
}
