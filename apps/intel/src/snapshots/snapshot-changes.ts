import { Inject, Injectable } from '@nestjs/common';
import type { SnapshotChangeView } from '#libs/contracts/http';
import { Database, type Tx } from '../db-operator/index.js';
import { type Answer, type Caller, ChangeRunner } from '../http/index.js';
import { OperationWaiter, operationView } from '../operations/index.js';
import { snapshotView } from './snapshot-view.js';

/** What a use case has changed; the answer is made of it. */
export interface ChangedSnapshot {
  snapshotId: string;
  operationId: string;
}

/** Carries a use case out as a request: transaction, answer, and the wait that the caller may have asked for. */
@Injectable()
export class SnapshotChanges {
  constructor(
    @Inject(ChangeRunner) private readonly changes: ChangeRunner,
    @Inject(OperationWaiter) private readonly waiter: OperationWaiter,
    @Inject(Database) private readonly database: Database,
  ) {}

  async answer(
    caller: Caller,
    how: { status: 201 | 202; waitMs: number },
    work: (tx: Tx) => Promise<ChangedSnapshot>,
  ): Promise<Answer> {
    let changed: ChangedSnapshot | undefined;
    const answer = await this.changes.run(caller, async (tx) => {
      changed = await work(tx);
      const headers = { location: `/v1/operations/${changed.operationId}` };
      return { status: how.status, headers, body: await render(tx, changed) };
    });
    if (how.waitMs === 0 || !changed || caller.rehearsal) return answer;
    const waited = changed;
    await this.waiter.untilEnd(waited.operationId, how.waitMs);
    const body = await this.database.read((tx) => render(tx, waited));
    const headers = { ...answer.headers, 'preference-applied': `wait=${how.waitMs / 1000}` };
    return { ...answer, headers, body };
  }
}

async function render(tx: Tx, { snapshotId, operationId }: ChangedSnapshot): Promise<SnapshotChangeView> {
  const operation = await tx.operations.get(operationId);
  if (!operation) throw new Error(`operation ${operationId} is gone`);
  const seen = await tx.snapshots.get(snapshotId);
  return { snapshot: seen && snapshotView(seen), operation: operationView(operation) };
}
