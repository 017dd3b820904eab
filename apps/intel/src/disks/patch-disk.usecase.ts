import { Injectable } from '@nestjs/common';
import type { PatchDiskInput } from '#libs/contracts/http';
import type { DiskEntity, Tx } from '../db-operator/index.js';
import { type Caller, invalidInput } from '../http/index.js';
import { audit, sendAction } from '../operations/index.js';
import { takeRoom } from '../pools/index.js';
import { changeDesired, diskModes, lockPresentVm } from '../vms/index.js';
import type { ChangedDisk } from './changed-disk.js';
import { commandHost, placeOf, WORK_DEADLINE_MS } from './command-host.js';
import { lockDisk, mustBeFree } from './find-disk.js';

const GIB = 1024 ** 3;

/** Changes a disk. What concerns a machine goes through the desired state of its VM, growing a free one to its host. */
@Injectable()
export class PatchDisk {
  async execute(tx: Tx, caller: Caller, idOrName: string, input: PatchDiskInput): Promise<ChangedDisk> {
    const seen = await lockDisk(tx, caller, idOrName);
    const { disk } = seen;
    const sizeBytes = grownSize(disk, input);
    const modes = diskModes(input);
    const change: Partial<DiskEntity> = {
      ...modes,
      ...(input.name != null && { name: input.name }),
      ...(input.labels != null && { labels: mergeLabels(disk.labels, input.labels) }),
    };
    if (Object.keys(change).length > 0) await tx.disks.change(disk.id, change);
    const { keepOnDelete, ...machine } = modes;
    if (disk.vmId && (sizeBytes !== undefined || Object.keys(machine).length > 0)) {
      const { vm } = await lockPresentVm(tx, caller, disk.vmId);
      if (sizeBytes !== undefined) {
        await takeRoom(tx, disk.poolId, sizeBytes - disk.sizeBytes);
        await tx.parts.growDisk(disk.id, sizeBytes);
      }
      return { diskId: disk.id, operationId: await changeDesired(tx, caller, vm, { kind: 'disk.update' }) };
    }
    if (sizeBytes !== undefined) return this.growFree(tx, caller, mustBeFree(seen), sizeBytes);
    await audit(
      tx,
      caller,
      'disk.update',
      { kind: 'disk', id: disk.id, name: disk.name, project: disk.project },
      null,
    );
    return { diskId: disk.id };
  }

  private async growFree(tx: Tx, caller: Caller, disk: DiskEntity, sizeBytes: number): Promise<ChangedDisk> {
    await takeRoom(tx, disk.poolId, sizeBytes - disk.sizeBytes);
    await tx.disks.change(disk.id, { growingToBytes: sizeBytes });
    const hostId = await commandHost(tx, disk);
    const resource = { kind: 'disk', id: disk.id, name: disk.name, project: disk.project, hostId } as const;
    const operationId = await sendAction(tx, caller, resource, {
      kind: 'disk.update',
      action: { $case: 'growDisk', value: { ...placeOf(disk), sizeBytes } },
      deadlineInMs: WORK_DEADLINE_MS,
    });
    return { diskId: disk.id, operationId };
  }
}

function grownSize(disk: DiskEntity, { sizeGiB }: PatchDiskInput): number | undefined {
  if (sizeGiB == null || sizeGiB * GIB === disk.sizeBytes) return undefined;
  if (sizeGiB * GIB > disk.sizeBytes) return sizeGiB * GIB;
  const message = `a disk never shrinks; it has ${Math.ceil(disk.sizeBytes / GIB)} GiB`;
  throw invalidInput([{ field: 'sizeGiB', code: 'shrink', message }]);
}

function mergeLabels(
  present: Record<string, string>,
  patch: Record<string, string | null>,
): Record<string, string> {
  const merged = Object.entries({ ...present, ...patch });
  return Object.fromEntries(merged.flatMap(([key, value]) => (value === null ? [] : [[key, value]])));
}
