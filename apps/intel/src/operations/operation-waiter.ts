import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock } from '#libs/clock';
import { Database, type OperationEntity, waitForChange } from '../db-operator/index.js';

/** Waits for the end of an operation without asking again and again. */
@Injectable()
export class OperationWaiter {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Resolves when it has ended or the time is over, whichever is first. */
  async untilEnd(id: string, timeoutMs: number): Promise<void> {
    await waitForChange<OperationEntity>(
      this.database,
      this.clock,
      (change) => change.kind === 'operation' && change.id === id,
      async () => {
        const operation = await this.database.read((tx) => tx.operations.get(id));
        return operation?.finishedAt ? operation : undefined;
      },
      timeoutMs,
    );
  }
}
