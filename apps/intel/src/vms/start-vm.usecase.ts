import { Injectable } from '@nestjs/common';
import type { Tx } from '../db-operator/index.js';
import type { Caller } from '../http/index.js';
import { carryOutVerb } from './carry-out-verb.js';
import type { ChangedVm } from './changed-vm.js';

/** Starts a VM that is down; one that runs already is left as it is. */
@Injectable()
export class StartVm {
  execute(tx: Tx, caller: Caller, idOrName: string): Promise<ChangedVm> {
    return carryOutVerb(tx, caller, idOrName, 'start');
  }
}
