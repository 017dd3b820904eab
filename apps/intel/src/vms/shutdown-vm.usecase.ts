import { Injectable } from '@nestjs/common';
import type { ShutdownInput } from '#libs/contracts/http';
import type { Tx } from '../db-operator/index.js';
import type { Caller } from '../http/index.js';
import { carryOutVerb } from './carry-out-verb.js';
import type { ChangedVm } from './changed-vm.js';

/** Asks the guest to shut down; cuts the power after the time limit only if `thenForce` says so. */
@Injectable()
export class ShutdownVm {
  execute(tx: Tx, caller: Caller, idOrName: string, input: ShutdownInput): Promise<ChangedVm> {
    const timeoutMs = input.timeoutSeconds == null ? undefined : input.timeoutSeconds * 1000;
    return carryOutVerb(tx, caller, idOrName, 'shutdown', {
      timeoutMs,
      thenForce: input.thenForce ?? undefined,
    });
  }
}
