import { Inject, Injectable } from '@nestjs/common';
import type { HostChangeView } from '#libs/contracts/http';
import { Database, type Tx } from '../db-operator/index.js';
import { type Answer, type Caller, ChangeRunner } from '../http/index.js';
import { OperationWaiter, operationView } from '../operations/index.js';
import { DrainHost } from './drain-host.usecase.js';
import { hostView } from './host-view.js';

/** Carries a change of a host that takes its time out as a request. */
@Injectable()
export class HostChanges {
  constructor(
    @Inject(ChangeRunner) private readonly changes: ChangeRunner,
    @Inject(OperationWaiter) private readonly waiter: OperationWaiter,
    @Inject(Database) private readonly database: Database,
    @Inject(DrainHost) private readonly drainHost: DrainHost,
  ) {}

  async drain(caller: Caller, nameOrId: string, waitMs: number): Promise<Answer> {
    let changed: { hostId: string; operationId: string } | undefined;
    const answer = await this.changes.run(caller, async (tx) => {
      changed = await this.drainHost.execute(tx, caller, nameOrId);
      const headers = { location: `/v1/operations/${changed.operationId}` };
      return { status: 202, headers, body: await render(tx, changed) };
    });
    if (waitMs === 0 || !changed || caller.rehearsal) return answer;
    const made = changed;
    await this.waiter.untilEnd(made.operationId, waitMs);
    return { ...answer, body: await this.database.read((tx) => render(tx, made)) };
  }
}

async function render(
  tx: Tx,
  { hostId, operationId }: { hostId: string; operationId: string },
): Promise<HostChangeView> {
  const [host, operation] = [await tx.hosts.get(hostId), await tx.operations.get(operationId)];
  if (!host || !operation) throw new Error(`host ${hostId} or operation ${operationId} is gone`);
  return { host: hostView(host), operation: operationView(operation) };
}
