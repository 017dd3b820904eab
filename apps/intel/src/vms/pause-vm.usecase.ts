import { Injectable } from '@nestjs/common';
import type { Tx } from '../db-operator/index.js';
import type { Caller } from '../http/index.js';
import { carryOutVerb } from './carry-out-verb.js';
import type { ChangedVm } from './changed-vm.js';

/** Halts the virtual CPUs; the process and its memory stay. */
@Injectable()
export class PauseVm {
  execute(tx: Tx, caller: Caller, idOrName: string): Promise<ChangedVm> {
    return carryOutVerb(tx, caller, idOrName, 'pause');
  }
}
