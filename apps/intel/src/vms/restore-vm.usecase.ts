import { Injectable } from '@nestjs/common';
import { VmanError } from '#libs/errors';
import type { Tx } from '../db-operator/index.js';
import type { Caller } from '../http/index.js';
import { changeDesired } from './change-desired.js';
import type { ChangedVm } from './changed-vm.js';
import { lockVm } from './find-vm.js';
import { tellOfVm } from './tell-of-vm.js';

/** Takes a VM out of the trash. It stays off, and one that had expired does not expire again. */
@Injectable()
export class RestoreVm {
  async execute(tx: Tx, caller: Caller, idOrName: string): Promise<ChangedVm> {
    const { vm } = await lockVm(tx, caller, idOrName);
    if (vm.presence !== 'present' || !vm.purgeAt) {
      const what = vm.presence === 'present' ? 'not in the trash' : 'being destroyed';
      throw new VmanError('invalid_state', `The VM is ${what}.`, {
        hint: 'GET /v1/vms?trash=only lists what can be restored.',
      });
    }
    await tellOfVm(tx, caller, vm, 'vm.untrashed');
    const spec = { purgeAt: null, expiresAt: null };
    return { vmId: vm.id, operationId: await changeDesired(tx, caller, vm, { kind: 'vm.untrash', spec }) };
  }
}
