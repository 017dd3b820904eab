import { Injectable } from '@nestjs/common';
import type { RestoreSnapshotInput } from '#libs/contracts/http';
import { POWER_CUT } from '#libs/domain';
import { VmanError } from '#libs/errors';
import type { SnapshotEntity, Tx, VmEntity, VmParts } from '../db-operator/index.js';
import type { Caller } from '../http/index.js';
import { type ChangedVm, changeDesired, mustBePresent } from '../vms/index.js';
import { checkReady, lockSnapshot } from './find-snapshot.js';

/**
 * The disks of a VM shall be once more what they were, and with memory its guest goes on where it was. A restore is a
 * start: a VM that is to run is started anew.
 */
@Injectable()
export class RestoreSnapshot {
  async execute(tx: Tx, caller: Caller, id: string, input: RestoreSnapshotInput): Promise<ChangedVm> {
    const { vm, seen } = await lockSnapshot(tx, caller, id);
    mustBePresent(vm);
    if (seen.state !== 'restoring') checkReady(seen);
    const { snapshot } = seen;
    const memory = input.memory ?? snapshot.memory;
    if (memory && !snapshot.memory) {
      throw new VmanError('invalid_state', 'The snapshot has no memory.', {
        hint: 'Leave `memory` out: the guest boots from its disks of then.',
      });
    }
    const parts = await tx.parts.of(vm.id);
    checkFit(vm, parts, snapshot, memory);
    const power = memory ? 'running' : vm.desiredPower;
    const operationId = await changeDesired(tx, caller, vm, {
      kind: 'vm.restore',
      reason: `to snapshot ${snapshot.name}`,
      power,
      raiseStart: power !== 'stopped',
      stop: POWER_CUT,
      spec: {
        restore: {
          snapshotId: id,
          restoreGeneration: vm.generation + 1,
          memory,
          diskIds: snapshot.disks.map((it) => it.diskId),
          previousPower: vm.desiredPower,
        },
      },
    });
    return { vmId: vm.id, operationId };
  }
}

/** Throws snapshot_mismatch. The host compares once more, and in detail, before it touches anything. */
function checkFit(vm: VmEntity, parts: VmParts, snapshot: SnapshotEntity, memory: boolean): void {
  const ids = parts.disks.map((it) => it.id);
  const faults = snapshot.disks.some((it) => !ids.includes(it.diskId)) ? ['a disk of it is gone'] : [];
  if (memory) {
    const { machine } = snapshot;
    const differs = (what: string, then: unknown, now: unknown) => {
      if (then !== now) faults.push(`${what} ${then} then, ${now} now`);
    };
    differs('vcpus', machine.vcpus, vm.vcpus);
    differs('memoryMiB', machine.memoryMib, vm.memoryMib);
    differs('machine', machine.type, vm.machine);
    differs('firmware', machine.firmware, vm.firmware);
    differs('cpuModel', machine.cpuModel || 'default', vm.cpuModel || 'default');
    differs('nics', machine.nics, parts.nics.length);
  }
  if (faults.length > 0) throw new VmanError('snapshot_mismatch', `${faults.join('; ')}.`);
}
