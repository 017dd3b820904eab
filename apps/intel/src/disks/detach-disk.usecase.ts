import { Injectable } from '@nestjs/common';
import type { DetachInput } from '#libs/contracts/http';
import { VmanError } from '#libs/errors';
import type { Tx } from '../db-operator/index.js';
import type { Caller } from '../http/index.js';
import { changeDesired, lockPresentVm, refuseBootDisk, refuseHeldDisks } from '../vms/index.js';
import type { ChangedDisk } from './changed-disk.js';
import { lockDisk } from './find-disk.js';

/** Takes a disk away from its VM and keeps it. It is free once the guest has let go of it. */
@Injectable()
export class DetachDisk {
  async execute(tx: Tx, caller: Caller, idOrName: string, input: DetachInput): Promise<ChangedDisk> {
    const { disk } = await lockDisk(tx, caller, idOrName);
    if (!disk.vmId) {
      throw new VmanError('invalid_state', 'No VM holds the disk.', { hint: 'There is nothing to detach.' });
    }
    const { vm } = await lockPresentVm(tx, caller, disk.vmId);
    await refuseHeldDisks(tx, vm, [disk.id]);
    refuseBootDisk(vm, await tx.parts.of(vm.id), [disk.id]);
    await tx.parts.setPresence('disks', [disk.id], 'freeing', vm.generation + 1);
    const seconds = input.timeoutSeconds;
    const spec = { unplugTimeoutMs: seconds == null ? null : seconds * 1000 };
    return {
      diskId: disk.id,
      operationId: await changeDesired(tx, caller, vm, { kind: 'disk.detach', spec }),
    };
  }
}
