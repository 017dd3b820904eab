import { Inject, Injectable } from '@nestjs/common';
import type { CommandEvent } from '#libs/contracts';
import { Database } from '../db-operator/index.js';

/** How a one-shot action goes on its host; a late word about an operation that has ended changes nothing. */
@Injectable()
export class ApplyCommandEvent {
  constructor(@Inject(Database) private readonly database: Database) {}

  async execute(event: CommandEvent): Promise<void> {
    await this.database.transaction(async (tx) => {
      const operation = await tx.operations.lock(event.operationId);
      if (!operation || operation.finishedAt || operation.hostId !== event.hostId) return;
      await tx.operations.progress(operation.id, { phase: operation.command ?? '', attempt: event.attempt });
      switch (event.status) {
        case 'running':
          return;
        case 'succeeded':
          await tx.operations.finish(operation.id, { status: 'succeeded' });
          return;
        case 'failed': {
          const { code, message } = event.failure ?? {
            code: 'internal',
            message: 'The host gave no reason.',
          };
          await tx.operations.finish(operation.id, { status: 'failed', code, message });
          return;
        }
      }
    });
  }
}
