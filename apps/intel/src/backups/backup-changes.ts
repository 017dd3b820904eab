import { Inject, Injectable } from '@nestjs/common';
import type { BackupChangeView } from '#libs/contracts/http';
import { Database, type Tx } from '../db-operator/index.js';
import { type Answer, type Caller, ChangeRunner } from '../http/index.js';
import { OperationWaiter, operationView } from '../operations/index.js';
import { backupView } from './backup-view.js';

/** A large disk takes hours, and a host may be away for some. */
export const BACKUP_DEADLINE_MS = 24 * 3_600_000;

/** What a use case has changed; the answer is made of it. */
export interface ChangedBackup {
  backupId: string;
  operationId: string;
}

/** Carries a use case out as a request: transaction, answer, and the wait that the caller may have asked for. */
@Injectable()
export class BackupChanges {
  constructor(
    @Inject(ChangeRunner) private readonly changes: ChangeRunner,
    @Inject(OperationWaiter) private readonly waiter: OperationWaiter,
    @Inject(Database) private readonly database: Database,
  ) {}

  async answer(
    caller: Caller,
    how: { status: 201 | 202; waitMs: number },
    work: (tx: Tx) => Promise<ChangedBackup>,
  ): Promise<Answer> {
    let changed: ChangedBackup | undefined;
    const answer = await this.changes.run(caller, async (tx) => {
      changed = await work(tx);
      const headers = { location: `/v1/operations/${changed.operationId}` };
      return { status: how.status, headers, body: await render(tx, changed) };
    });
    if (how.waitMs === 0 || !changed || caller.rehearsal) return answer;
    const made = changed;
    await this.waiter.untilEnd(made.operationId, how.waitMs);
    return { ...answer, body: await this.database.read((tx) => render(tx, made)) };
  }
}

async function render(tx: Tx, { backupId, operationId }: ChangedBackup): Promise<BackupChangeView> {
  const operation = await tx.operations.get(operationId);
  if (!operation) throw new Error(`operation ${operationId} is gone`);
  const backup = await tx.backups.get(backupId);
  return { backup: backup && backupView(backup), operation: operationView(operation) };
}
