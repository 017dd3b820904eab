import { Inject, Injectable } from '@nestjs/common';
import type { CommandEvent } from '#libs/contracts';
import { Database } from '../db-operator/index.js';
import { endCommand } from '../operations/index.js';

/** How a one-shot action goes on its host; a late word about an operation that has ended changes nothing. */
@Injectable()
export class ApplyCommandEvent {
  constructor(@Inject(Database) private readonly database: Database) {}

  async execute(event: CommandEvent): Promise<void> {
    await this.database.transaction(async (tx) => {
      const operation = await tx.operations.lock(event.operationId);
      if (!operation || operation.finishedAt || operation.hostId !== event.hostId) return;
      await tx.operations.progress(operation.id, {
        phase: operation.command ?? '',
        attempt: event.attempt,
        ...(event.progressPercent === undefined ? {} : { progress: event.progressPercent }),
      });
      switch (event.status) {
        case 'running':
          return;
        case 'succeeded':
          // A restart was accepted; that the VM runs again is told by its report.
          if (operation.exitSeq !== null) return;
          await endCommand(tx, operation, { result: event.result });
          return;
        case 'failed':
          await endCommand(tx, operation, {
            failure: event.failure ?? { code: 'internal', message: 'The host gave no reason.' },
          });
          return;
      }
    });
  }
}
