import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock } from '#libs/clock';
import type { PatchVmInput } from '#libs/contracts/http';
import { VmanError } from '#libs/errors';
import type { Tx, VmEntity, VmParts } from '../db-operator/index.js';
import type { Caller } from '../http/index.js';
import { INTEL_CONFIG, type IntelConfig } from '../intel.config.js';
import { changeDesired } from './change-desired.js';
import { changeDisks, changeNics } from './change-parts.js';
import type { ChangedVm } from './changed-vm.js';
import { checkShape } from './check-shape.js';
import { changedFailover } from './failover-spec.js';
import { lockPresentVm } from './find-vm.js';
import { mustBeToCome } from './must-be-to-come.js';
import { specChanges } from './spec-changes.js';

/** A patch, or one that is made of what the VM has when it is locked. */
export type PatchOf = (parts: VmParts) => Patch;

type Patch = PatchVmInput & { removeNic?: string };

/** Changes the spec. It never starts a VM; what only a new start brings is shown as RestartRequired. */
@Injectable()
export class PatchVm {
  constructor(
    @Inject(INTEL_CONFIG) private readonly config: IntelConfig,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute(tx: Tx, caller: Caller, idOrName: string, patch: PatchVmInput | PatchOf): Promise<ChangedVm> {
    const { vm } = await lockPresentVm(tx, caller, idOrName);
    const parts = await tx.parts.of(vm.id);
    const input: Patch = typeof patch === 'function' ? patch(parts) : patch;
    const spec = specChanges(vm, input);
    if (input.expiresAt !== undefined) {
      spec.expiresAt = mustBeToCome('expiresAt', input.expiresAt, this.clock) ?? null;
    }
    checkShape({ ...vm, ...spec });
    await this.reserve(tx, vm, spec);
    if (input.disks != null) await changeDisks(tx, vm, parts, input.disks);
    if (input.nics != null) await changeNics(tx, vm, parts, input.nics, this.config);
    if (input.removeNic !== undefined) {
      await tx.parts.setPresence('nics', [input.removeNic], 'leaving', vm.generation + 1);
    }
    Object.assign(spec, await changedFailover(tx, vm, input.failover ?? undefined));
    const seconds = input.unplugTimeoutSeconds;
    spec.unplugTimeoutMs = seconds == null ? null : seconds * 1000;
    return { vmId: vm.id, operationId: await changeDesired(tx, caller, vm, { kind: 'vm.update', spec }) };
  }

  private async reserve(tx: Tx, vm: VmEntity, spec: Partial<VmEntity>): Promise<void> {
    const memory = (spec.memoryMib ?? vm.memoryMib) - vm.memoryMib;
    const vcpus = (spec.vcpus ?? vm.vcpus) - vm.vcpus;
    if (memory === 0 && vcpus === 0) return;
    if (!(await tx.hosts.reserve(vm.hostId, memory, vcpus))) {
      throw new VmanError('placement_failed', `Its host cannot give ${memory} MiB and ${vcpus} vCPUs more.`);
    }
  }
}
