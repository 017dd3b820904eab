/**
 * Every change of every user goes through here: one transaction that first claims the idempotency key, then does
 * the work, then stores the answer. A refusal rolls the key back, so that the same request may be tried again. A change
 * that is only to be tried does all of that and is undone; then the hosts say what they would do.
 */
import { Inject, Injectable } from '@nestjs/common';
import { failpoint } from '#libs/config';
import type { DryRunView, HostJudgementView } from '#libs/contracts/http';
import { Database, type Rehearsal, type Tx } from '../db-operator/index.js';
import type { Answer } from './answer.js';
import type { Caller } from './caller.js';
import { DRY_RUN_TYPE, PLANNER, type Planner } from './dry-run.js';

@Injectable()
export class ChangeRunner {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(PLANNER) private readonly planner: Planner,
  ) {}

  async run(caller: Caller, work: (tx: Tx) => Promise<Answer>): Promise<Answer> {
    return this.carryOut(caller, async (tx) => {
      const { idempotency, tokenId } = caller;
      if (!idempotency) return work(tx);
      const stored = await tx.idempotency.claim(tokenId, idempotency.key, idempotency.requestHash);
      if (stored) return { ...stored, headers: { ...stored.headers, 'idempotency-replayed': 'true' } };
      const fresh = await work(tx);
      await tx.idempotency.store(tokenId, idempotency.key, fresh);
      return fresh;
    });
  }

  /** The same for an answer that must not be kept, since it holds a secret. */
  async runUnkept(caller: Caller, work: (tx: Tx) => Promise<Answer>): Promise<Answer> {
    return this.carryOut(caller, work);
  }

  private async carryOut({ rehearsal }: Caller, work: (tx: Tx) => Promise<Answer>): Promise<Answer> {
    const limited = async (tx: Tx) => {
      await tx.projects.enforceQuotas();
      return work(tx);
    };
    if (rehearsal) return this.told(rehearsal, await this.database.rehearse(rehearsal, limited));
    const answer = await this.database.transaction(limited);
    await failpoint('intel.after-commit');
    return answer;
  }

  private async told(rehearsal: Rehearsal, { status, body }: Answer): Promise<Answer> {
    const view: DryRunView = {
      answer: { status, ...(body ? { body } : {}) },
      placement: judgements(rehearsal),
      plans: await this.planner.plan(rehearsal),
    };
    return { status: 200, headers: { 'content-type': DRY_RUN_TYPE }, body: view };
  }
}

/** The best of those that would do is the one that is chosen. */
function judgements({ candidates, refused }: Rehearsal): HostJudgementView[] {
  return [
    ...candidates.map(({ host, score, points }, at): HostJudgementView => {
      return { host, verdict: at === 0 ? 'chosen' : 'fits', score, points };
    }),
    ...refused.map((it): HostJudgementView => ({ ...it, verdict: 'refused' })),
  ];
}
