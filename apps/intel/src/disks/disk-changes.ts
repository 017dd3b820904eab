import { Inject, Injectable } from '@nestjs/common';
import type { DiskChangeView } from '#libs/contracts/http';
import { Database, type Tx } from '../db-operator/index.js';
import { type Answer, type Caller, ChangeRunner } from '../http/index.js';
import { OperationWaiter, operationView } from '../operations/index.js';
import type { ChangedDisk } from './changed-disk.js';
import { diskView } from './disk-view.js';

/** Carries a change of a disk out as a request: transaction, answer, and the wait that the caller may ask for. */
@Injectable()
export class DiskChanges {
  constructor(
    @Inject(ChangeRunner) private readonly changes: ChangeRunner,
    @Inject(OperationWaiter) private readonly waiter: OperationWaiter,
    @Inject(Database) private readonly database: Database,
  ) {}

  async answer(
    caller: Caller,
    how: { status: 201 | 202; waitMs: number },
    work: (tx: Tx) => Promise<ChangedDisk>,
  ): Promise<Answer> {
    let changed: ChangedDisk | undefined;
    const answer = await this.changes.run(caller, async (tx) => {
      changed = await work(tx);
      const done = changed.operationId === undefined && how.status === 202;
      const headers: Record<string, string> = changed.operationId
        ? { location: `/v1/operations/${changed.operationId}` }
        : {};
      return { status: done ? 200 : how.status, headers, body: await render(tx, changed) };
    });
    if (how.waitMs === 0 || !changed?.operationId || caller.rehearsal) return answer;
    await this.waiter.untilEnd(changed.operationId, how.waitMs);
    const shown = changed;
    const body = await this.database.read((tx) => render(tx, shown));
    const headers = { ...answer.headers, 'preference-applied': `wait=${how.waitMs / 1000}` };
    return { ...answer, headers, body };
  }
}

async function render(tx: Tx, { diskId, operationId }: ChangedDisk): Promise<DiskChangeView> {
  const disk = await tx.disks.get(diskId);
  const operation = operationId ? await tx.operations.get(operationId) : undefined;
  return { disk: disk && diskView(disk), operation: operation && operationView(operation) };
}
