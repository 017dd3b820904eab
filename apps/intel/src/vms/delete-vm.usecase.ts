import { Injectable } from '@nestjs/common';
import { POWER_CUT } from '#libs/domain';
import { VmanError } from '#libs/errors';
import type { Tx } from '../db-operator/index.js';
import type { Caller } from '../http/index.js';
import { changeDesired } from './change-desired.js';
import type { ChangedVm } from './changed-vm.js';
import { lockVm } from './find-vm.js';

/** Asks the host to stop the VM and to remove its disks. The row goes when the host has confirmed that. */
@Injectable()
export class DeleteVm {
  async execute(tx: Tx, caller: Caller, idOrName: string): Promise<ChangedVm> {
    const { vm } = await lockVm(tx, caller, idOrName);
    if (vm.presence === 'deleted') {
      const open = await tx.operations.openOfVm(vm.id);
      const deletion = open.find((it) => it.goal === 'deleted');
      if (deletion) return { vmId: vm.id, operationId: deletion.id };
    } else if (vm.deletionProtection) {
      throw new VmanError('protected', `The VM ${vm.name} is protected against deletion.`);
    }
    const operationId = await changeDesired(tx, caller, vm, {
      kind: 'vm.delete',
      presence: 'deleted',
      power: 'stopped',
      stop: POWER_CUT,
    });
    return { vmId: vm.id, operationId };
  }
}
