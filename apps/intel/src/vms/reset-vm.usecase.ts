import { Injectable } from '@nestjs/common';
import type { Tx } from '../db-operator/index.js';
import type { Caller } from '../http/index.js';
import { carryOutVerb } from './carry-out-verb.js';
import type { ChangedVm } from './changed-vm.js';

/** Presses the reset button: the same process, a guest that boots anew. A command, since it is no state. */
@Injectable()
export class ResetVm {
  execute(tx: Tx, caller: Caller, idOrName: string): Promise<ChangedVm> {
    return carryOutVerb(tx, caller, idOrName, 'reset');
  }
}
