import { Injectable } from '@nestjs/common';
import type { Tx } from '../db-operator/index.js';
import type { Caller } from '../http/index.js';
import { carryOutVerb } from './carry-out-verb.js';
import type { ChangedVm } from './changed-vm.js';

/** Cuts the power; also cuts a shutdown short that waits for the guest. */
@Injectable()
export class StopVm {
  execute(tx: Tx, caller: Caller, idOrName: string): Promise<ChangedVm> {
    return carryOutVerb(tx, caller, idOrName, 'stop');
  }
}
