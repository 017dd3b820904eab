/**
 * Every change of every user goes through here: one transaction that first claims the idempotency key, then compares
 * `If-Match`, then does the work, then stores the answer. A refusal rolls the key back, so that the same request may be tried again. A change
 * that is only to be tried does all of that and is undone; then the hosts say what they would do.
 */
import { Inject, Injectable } from '@nestjs/common';
import { failpoint } from '#libs/config';
import type { DryRunView, HostJudgementView } from '#libs/contracts/http';
import { Database, type Rehearsal, type Tx, together } from '../db-operator/index.js';
import type { Answer } from './answer.js';
import type { Caller } from './caller.js';
import { DRY_RUN_TYPE, PLANNER, type Planner } from './dry-run.js';
import type { Seal } from './seal.js';

/** The answer to the first request, as a repetition gets it. */
export function replayed({ status, headers, body }: Answer, seal: Seal): Answer {
  return { status, headers: { ...headers, 'idempotency-replayed': 'true' }, body: seal.open(body) };
}

const AS_IT_IS: Seal = { hash: (it) => it, close: (body) => body, open: (body) => body };

@Injectable()
export class ChangeRunner {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(PLANNER) private readonly planner: Planner,
  ) {}

  async run(caller: Caller, work: (tx: Tx) => Promise<Answer>): Promise<Answer> {
    return this.once(caller, AS_IT_IS, work);
  }

  /** The same for an answer that holds a secret: it is kept so that only a repetition of the request can read it. */
  async runSealed(caller: Caller, work: (tx: Tx) => Promise<Answer>): Promise<Answer> {
    return this.once(caller, caller.idempotency?.seal ?? AS_IT_IS, work);
  }

  /** What the first request with the key was told: for what has to be asked elsewhere before a change can begin. */
  async repeated({ idempotency, tokenId }: Caller): Promise<Answer | undefined> {
    if (!idempotency) return undefined;
    const { key, requestHash } = idempotency;
    const stored = await this.database.read((tx) => tx.idempotency.find(tokenId, key, requestHash));
    return stored && replayed(stored, AS_IT_IS);
  }

  private async once(caller: Caller, seal: Seal, work: (tx: Tx) => Promise<Answer>): Promise<Answer> {
    return this.carryOut(caller, async (tx) => {
      const { idempotency, tokenId } = caller;
      if (!idempotency) return this.checked(tx, caller, work);
      const { key, requestHash } = idempotency;
      const stored = await tx.idempotency.claim(tokenId, key, seal.hash(requestHash));
      if (stored) return replayed(stored, seal);
      const fresh = await this.checked(tx, caller, work);
      await tx.idempotency.store(tokenId, key, { ...fresh, body: seal.close(fresh.body) });
      return fresh;
    });
  }

  private async checked(tx: Tx, caller: Caller, work: (tx: Tx) => Promise<Answer>): Promise<Answer> {
    await caller.precondition?.(tx);
    return work(tx);
  }

  private async carryOut({ rehearsal }: Caller, work: (tx: Tx) => Promise<Answer>): Promise<Answer> {
    const limited = async (tx: Tx) => (await together(tx.projects.enforceQuotas(), work(tx)))[1];
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
