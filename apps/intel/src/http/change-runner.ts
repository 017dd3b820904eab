/**
 * Every change of every user goes through here: one transaction that first claims the idempotency key, then does
 * the work, then stores the answer. A refusal rolls the key back, so that the same request may be tried again.
 */
import { Inject, Injectable } from '@nestjs/common';
import { failpoint } from '#libs/config';
import { Database, type Tx } from '../db-operator/index.js';
import type { Answer } from './answer.js';
import type { Caller } from './caller.js';

@Injectable()
export class ChangeRunner {
  constructor(@Inject(Database) private readonly database: Database) {}

  async run(caller: Caller, work: (tx: Tx) => Promise<Answer>): Promise<Answer> {
    const answer = await this.database.transaction(async (tx) => {
      await tx.projects.enforceQuotas();
      const { idempotency, tokenId } = caller;
      if (!idempotency) return work(tx);
      const stored = await tx.idempotency.claim(tokenId, idempotency.key, idempotency.requestHash);
      if (stored) return { ...stored, headers: { ...stored.headers, 'idempotency-replayed': 'true' } };
      const fresh = await work(tx);
      await tx.idempotency.store(tokenId, idempotency.key, fresh);
      return fresh;
    });
    await failpoint('intel.after-commit');
    return answer;
  }
}
