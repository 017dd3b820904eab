import { Inject, Injectable } from '@nestjs/common';
import type { RestoreBackupInput } from '#libs/contracts/http';
import type { FieldFault } from '#libs/errors';
import type { Tx } from '../db-operator/index.js';
import { type Caller, invalidInput } from '../http/index.js';
import type { ChangedVm } from '../vms/index.js';
import { RestoreInPlace } from './restore-in-place.usecase.js';
import { RestoreNewVm } from './restore-new-vm.usecase.js';

/** Into a new VM, or into the one that the backup was made of. */
@Injectable()
export class RestoreBackup {
  constructor(
    @Inject(RestoreNewVm) private readonly newVm: RestoreNewVm,
    @Inject(RestoreInPlace) private readonly inPlace: RestoreInPlace,
  ) {}

  async execute(tx: Tx, caller: Caller, id: string, input: RestoreBackupInput): Promise<ChangedVm> {
    if (input.inPlace) {
      const faults = (['name', 'host', 'desiredState'] as const)
        .filter((field) => input[field] != null)
        .map((field): FieldFault => ({ field, code: 'conflict', message: 'has no meaning with inPlace' }));
      if (faults.length > 0) throw invalidInput(faults);
      return this.inPlace.execute(tx, caller, id, input.pool ?? undefined);
    }
    const { name } = input;
    if (name == null) {
      const message = 'is required for a new VM; or use inPlace';
      throw invalidInput([{ field: 'name', code: 'required', message }]);
    }
    return this.newVm.execute(tx, caller, id, { ...input, name });
  }
}
