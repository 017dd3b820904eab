import { Injectable } from '@nestjs/common';
import type { Tx } from '../db-operator/index.js';
import type { Caller } from '../http/index.js';
import { sendAction } from '../operations/index.js';
import type { ChangedDisk } from './changed-disk.js';
import { commandHost, placeOf, WORK_DEADLINE_MS } from './command-host.js';
import { lockDisk, mustBeFree } from './find-disk.js';

/** Destroys a disk that no VM holds. Its row goes, and its room is free, when the host has confirmed that. */
@Injectable()
export class DeleteDisk {
  async execute(tx: Tx, caller: Caller, idOrName: string): Promise<ChangedDisk> {
    const disk = mustBeFree(await lockDisk(tx, caller, idOrName));
    await tx.disks.change(disk.id, { state: 'deleting' });
    const hostId = await commandHost(tx, disk);
    const resource = { kind: 'disk', id: disk.id, name: disk.name, project: disk.project, hostId } as const;
    const operationId = await sendAction(tx, caller, resource, {
      kind: 'disk.delete',
      action: { $case: 'removeDisk', value: placeOf(disk) },
      deadlineInMs: WORK_DEADLINE_MS,
    });
    return { diskId: disk.id, operationId };
  }
}
