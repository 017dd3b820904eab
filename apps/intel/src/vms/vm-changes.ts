import { Inject, Injectable } from '@nestjs/common';
import type { VmChangeView } from '#libs/contracts/http';
import { Database, type Tx, together } from '../db-operator/index.js';
import { type Answer, type Caller, ChangeRunner } from '../http/index.js';
import { OperationWaiter, operationView } from '../operations/index.js';
import type { ChangedVm } from './changed-vm.js';
import { vmView } from './vm-view.js';

/** Carries a use case out as a request: transaction, answer, and the wait that the caller may have asked for. */
@Injectable()
export class VmChanges {
  constructor(
    @Inject(ChangeRunner) private readonly changes: ChangeRunner,
    @Inject(OperationWaiter) private readonly waiter: OperationWaiter,
    @Inject(Database) private readonly database: Database,
  ) {}

  async answer(
    caller: Caller,
    how: { status: 201 | 202; waitMs: number },
    work: (tx: Tx) => Promise<ChangedVm>,
  ): Promise<Answer> {
    let changed: ChangedVm | undefined;
    // Only the answer after the wait is seen then, unless a repeated request may need this one.
    const unseen = how.waitMs > 0 && !caller.idempotency && !caller.rehearsal;
    const answer = await this.changes.run(caller, async (tx) => {
      changed = await work(tx);
      return {
        status: how.status,
        ...(unseen ? { headers: {}, body: undefined } : await render(tx, changed)),
      };
    });
    if (how.waitMs === 0 || !changed || caller.rehearsal) return answer;
    const { operationId, vmId } = changed;
    await this.waiter.untilEnd(operationId, how.waitMs);
    const fresh = await this.database.read((tx) => render(tx, { operationId, vmId }));
    return {
      ...answer,
      ...fresh,
      headers: { ...fresh.headers, 'preference-applied': `wait=${how.waitMs / 1000}` },
    };
  }
}

async function render(tx: Tx, { vmId, operationId }: ChangedVm): Promise<Omit<Answer, 'status'>> {
  const [operation, seen, parts] = await together(
    tx.operations.get(operationId),
    tx.vms.get(vmId),
    tx.parts.of(vmId),
  );
  if (!operation) throw new Error(`operation ${operationId} is gone`);
  const location = `/v1/operations/${operationId}`;
  // A VM whose deletion has ended is there no more.
  const vm = seen && vmView(seen, parts);
  const body: VmChangeView = { vm, operation: operationView(operation) };
  return { headers: { location }, body };
}
