import { Inject, Injectable } from '@nestjs/common';
import type { NicPatch, PatchVmInput } from '#libs/contracts/http';
import { VmanError } from '#libs/errors';
import type { Tx, VmEntity, VmParts } from '../db-operator/index.js';
import { type Caller, checkIfMatch, invalidInput } from '../http/index.js';
import { INTEL_CONFIG, type IntelConfig } from '../intel.config.js';
import { changeDesired } from './change-desired.js';
import type { ChangedVm } from './changed-vm.js';
import { checkShape } from './check-shape.js';
import { diffForwards } from './diff-forwards.js';
import { lockPresentVm } from './find-vm.js';
import { forwardOf } from './plan-parts.js';
import { specChanges } from './spec-changes.js';
import { takeForwards } from './take-forwards.js';

/** Changes the spec. It never starts a VM; what only a new start brings is shown as RestartRequired. */
@Injectable()
export class PatchVm {
  constructor(@Inject(INTEL_CONFIG) private readonly config: IntelConfig) {}

  async execute(
    tx: Tx,
    caller: Caller,
    idOrName: string,
    input: PatchVmInput,
    ifMatch: string | undefined,
  ): Promise<ChangedVm> {
    const { vm } = await lockPresentVm(tx, caller, idOrName);
    checkIfMatch(ifMatch, vm.generation);
    const spec = specChanges(vm, input);
    checkShape({ ...vm, ...spec });
    await this.reserve(tx, vm, spec);
    if (input.nics != null) await this.changeForwards(tx, vm, await tx.parts.of(vm.id), input.nics);
    return { vmId: vm.id, operationId: await changeDesired(tx, caller, vm, { kind: 'vm.update', spec }) };
  }

  private async reserve(tx: Tx, vm: VmEntity, spec: Partial<VmEntity>): Promise<void> {
    const memory = (spec.memoryMib ?? vm.memoryMib) - vm.memoryMib;
    const vcpus = (spec.vcpus ?? vm.vcpus) - vm.vcpus;
    if (memory === 0 && vcpus === 0) return;
    if (!(await tx.hosts.reserve(vm.hostId, memory, vcpus))) {
      throw new VmanError('placement_failed', `Its host has no ${memory} MiB more to give.`);
    }
  }

  private async changeForwards(tx: Tx, vm: VmEntity, parts: VmParts, nics: NicPatch[]): Promise<void> {
    if (nics.length !== parts.nics.length) {
      const message = `must have ${parts.nics.length} entries, one a nic`;
      throw invalidInput([{ field: 'nics', code: 'length', message }]);
    }
    const address = this.config.forwardAddress;
    for (const [index, nic] of parts.nics.entries()) {
      const present = parts.forwards.filter((it) => it.nicId === nic.id);
      const diff = diffForwards(present, nics[index]?.portForwards ?? [], address);
      const context = { vmId: vm.id, hostId: vm.hostId, forwardAddress: address };
      const wanted = diff.take.map(({ input, position }) => forwardOf(input, nic.id, position, context));
      await tx.forwards.release(
        diff.release.map((it) => it.id),
        vm.generation + 1,
      );
      await takeForwards(tx, wanted, this.config.forwardPortRange);
    }
  }
}
