import { Injectable } from '@nestjs/common';
import type { CreateSnapshotInput } from '#libs/contracts/http';
import { VmanError } from '#libs/errors';
import type { Tx } from '../db-operator/index.js';
import { type Caller, invalidInput } from '../http/index.js';
import { lockPresentVm } from '../vms/index.js';
import type { ChangedSnapshot } from './snapshot-changes.js';
import { takeSnapshot } from './take-snapshot.js';

const FREEZE_SECONDS = 10;

/** Asks the host for a snapshot of a VM as it is now. */
@Injectable()
export class CreateSnapshot {
  async execute(
    tx: Tx,
    caller: Caller,
    idOrName: string,
    input: CreateSnapshotInput,
  ): Promise<ChangedSnapshot> {
    const memory = input.memory ?? false;
    const freeze = input.freeze ?? (memory ? 'never' : 'auto');
    if (memory && freeze === 'always') {
      const message = 'a guest that is frozen would be frozen when its memory is restored';
      throw invalidInput([{ field: 'freeze', code: 'conflict', message }]);
    }
    const { vm } = await lockPresentVm(tx, caller, idOrName);
    if (memory && vm.desiredPower === 'stopped') {
      throw new VmanError('invalid_state', 'A VM that does not run has no memory.', {
        hint: 'Start it, or leave the memory out.',
      });
    }
    if (freeze === 'always' && vm.desiredPower !== 'running') {
      throw new VmanError('invalid_state', 'Only a guest that runs can be frozen.', {
        hint: 'Start or resume it, or leave `freeze` out: its disks do not change now.',
      });
    }
    return takeSnapshot(tx, caller, vm, {
      name: input.name,
      description: input.description ?? '',
      memory,
      freeze,
      freezeTimeoutMs: (input.freezeTimeoutSeconds ?? FREEZE_SECONDS) * 1000,
      temporary: false,
    });
  }
}
