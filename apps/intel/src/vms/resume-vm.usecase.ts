import { Injectable } from '@nestjs/common';
import type { Tx } from '../db-operator/index.js';
import type { Caller } from '../http/index.js';
import { carryOutVerb } from './carry-out-verb.js';
import type { ChangedVm } from './changed-vm.js';

/** Lets the virtual CPUs of a paused VM turn again. */
@Injectable()
export class ResumeVm {
  execute(tx: Tx, caller: Caller, idOrName: string): Promise<ChangedVm> {
    return carryOutVerb(tx, caller, idOrName, 'resume');
  }
}
