import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import type { CreateBackupInput } from '#libs/contracts/http';
import { VmanError } from '#libs/errors';
import type { Tx } from '../db-operator/index.js';
import type { Caller } from '../http/index.js';
import { sendAction } from '../operations/index.js';
import { lockPresentVm } from '../vms/index.js';
import { BACKUP_DEADLINE_MS, type ChangedBackup } from './backup-changes.js';
import { backupDisk, backupSpec } from './backup-spec.js';
import { checkWatermark, poolOfHost } from './reach-pool.js';

const FREEZE_SECONDS = 10;

/** Asks the host of a VM for a backup of its attached disks. Its operation ends when the files are whole. */
@Injectable()
export class CreateBackup {
  async execute(tx: Tx, caller: Caller, idOrName: string, input: CreateBackupInput): Promise<ChangedBackup> {
    const { vm } = await lockPresentVm(tx, caller, idOrName);
    const pool = await poolOfHost(tx, vm.hostId, input.pool);
    checkWatermark(pool);
    const parts = await tx.parts.of(vm.id);
    const disks = parts.disks.filter((it) => it.presence === 'attached');
    if (disks.length === 0) {
      throw new VmanError('invalid_state', `The VM ${vm.name} has no disk to back up.`);
    }
    const requestedKind = input.kind ?? 'full';
    const parent = requestedKind === 'incremental' ? await tx.backups.newest(vm.id, pool.poolId) : undefined;
    const freeze = input.freeze ?? 'auto';
    const [backupId, operationId] = [uuidv7(), uuidv7()];
    await tx.backups.insert({
      id: backupId,
      project: vm.project,
      vmId: vm.id,
      vmName: vm.name,
      poolId: pool.poolId,
      hostId: vm.hostId,
      parentId: parent?.id ?? null,
      requestedKind,
      kind: parent ? 'incremental' : 'full',
      freeze,
      state: 'creating',
      spec: backupSpec(vm, parts),
      disks: disks.map(backupDisk),
      operationId,
    });
    const { project, hostId } = vm;
    const resource = { kind: 'backup', id: backupId, name: vm.name, project, hostId, vmId: vm.id } as const;
    await sendAction(tx, caller, resource, {
      id: operationId,
      kind: 'backup.create',
      deadlineInMs: BACKUP_DEADLINE_MS,
      action: {
        $case: 'createBackup',
        value: {
          backupId,
          poolId: pool.poolId,
          diskIds: disks.map((it) => it.id),
          parentBackupId: parent?.id ?? '',
          freeze: freeze !== 'never',
          freezeRequired: freeze === 'always',
          freezeTimeoutMs: (input.freezeTimeoutSeconds ?? FREEZE_SECONDS) * 1000,
        },
      },
    });
    return { backupId, operationId };
  }
}
