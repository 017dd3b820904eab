import { Injectable } from '@nestjs/common';
import type { AttachInput } from '#libs/contracts/http';
import { VmanError } from '#libs/errors';
import type { DiskEntity, Tx, VmEntity } from '../db-operator/index.js';
import { type Caller, invalidInput } from '../http/index.js';
import { changeDesired, lockPresentVm } from '../vms/index.js';
import type { ChangedDisk } from './changed-disk.js';
import { findDisk, lockDisk, mustBeFree } from './find-disk.js';

/** Gives a disk to a VM that runs on a host which has its pool: at once if the machine takes it. */
@Injectable()
export class AttachDisk {
  async execute(tx: Tx, caller: Caller, idOrName: string, input: AttachInput): Promise<ChangedDisk> {
    const found = await findDisk(tx, caller, idOrName);
    const { vm } = await lockPresentVm(tx, caller, input.vm);
    const seen = await lockDisk(tx, caller, found.disk.id);
    const back = seen.disk.vmId === vm.id && seen.disk.presence === 'detached';
    const disk = back ? seen.disk : mustBeFree(seen);
    if (disk.project !== vm.project) {
      throw invalidInput([
        { field: 'vm', code: 'invalid', message: 'it is in another project than the disk' },
      ]);
    }
    if (disk.state === 'failed') {
      throw new VmanError('invalid_state', 'The disk could not be made.', {
        hint: 'Delete it and make another.',
      });
    }
    await mustReach(tx, disk, vm);
    const parts = await tx.parts.of(vm.id);
    const places = parts.disks.filter((it) => it.id !== disk.id).map((it) => it.bootOrder);
    if (input.bootOrder && places.includes(input.bootOrder)) {
      throw invalidInput([{ field: 'bootOrder', code: 'unique', message: 'another disk has this place' }]);
    }
    const before = back && !places.includes(disk.bootOrder) ? disk.bootOrder : 0;
    const positions = [...parts.disks, ...parts.leavingDisks].map((it) => it.position);
    await tx.disks.change(disk.id, {
      vmId: vm.id,
      hostId: vm.hostId,
      position: back ? disk.position : Math.max(-1, ...positions) + 1,
      bootOrder: input.bootOrder ?? before,
      readOnly: input.readOnly ?? (back && disk.readOnly),
      keepOnDelete: input.keepOnDelete ?? (back ? disk.keepOnDelete : true),
      presence: 'attached',
      presenceGeneration: vm.generation + 1,
    });
    const operationId = await changeDesired(tx, caller, vm, { kind: 'disk.attach' });
    return { diskId: disk.id, operationId };
  }
}

async function mustReach(tx: Tx, disk: DiskEntity, vm: VmEntity): Promise<void> {
  const seen = disk.poolId ? await tx.pools.get(disk.poolId) : undefined;
  if (seen?.hosts.some((it) => it.hostId === vm.hostId)) return;
  const where = seen ? `the pool ${seen.pool.name}` : 'another host';
  throw new VmanError('invalid_state', `The disk lies in ${where}, which the host of the VM does not have.`, {
    hint: 'Use a disk on the host of the VM, or one in a pool that both hosts share.',
  });
}
