import { Injectable } from '@nestjs/common';
import type { RebootInput } from '#libs/contracts/http';
import type { Tx } from '../db-operator/index.js';
import type { Caller } from '../http/index.js';
import { carryOutVerb } from './carry-out-verb.js';
import type { ChangedVm } from './changed-vm.js';

/** Ends the process, asking the guest first unless forced, and starts it anew with the present spec. */
@Injectable()
export class RebootVm {
  execute(tx: Tx, caller: Caller, idOrName: string, input: RebootInput): Promise<ChangedVm> {
    const timeoutMs = input.timeoutSeconds == null ? undefined : input.timeoutSeconds * 1000;
    return carryOutVerb(tx, caller, idOrName, 'reboot', { timeoutMs, force: input.force ?? undefined });
  }
}
