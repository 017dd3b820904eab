import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock } from '#libs/clock';
import type { DeleteVmQuery } from '#libs/contracts/http';
import { POWER_CUT } from '#libs/domain';
import { VmanError } from '#libs/errors';
import type { Tx, VmEntity } from '../db-operator/index.js';
import type { Actor, Caller } from '../http/index.js';
import { INTEL_CONFIG, type IntelConfig } from '../intel.config.js';
import { openVmOperation } from '../operations/index.js';
import { changeDesired } from './change-desired.js';
import type { ChangedVm } from './changed-vm.js';
import { lockVm } from './find-vm.js';
import { mustBeToCome } from './must-be-to-come.js';
import { tellOfVm } from './tell-of-vm.js';

/** Its disks are kept, so its guest may end in good order, if it does so soon. */
const GENTLE = { askGuest: true, timeoutMs: 30_000, thenForce: true };

/**
 * Asks the host to stop the VM and to remove its disks; the row goes when the host has confirmed that. Where deleted VMs
 * are kept for a while it is only stopped, and keeps all it has until its time is over or it is restored.
 */
@Injectable()
export class DeleteVm {
  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(INTEL_CONFIG) private readonly config: IntelConfig,
  ) {}

  async execute(tx: Tx, caller: Caller, idOrName: string, query: DeleteVmQuery): Promise<ChangedVm> {
    const asked = mustBeToCome('purgeAt', query.purgeAt, this.clock);
    const { vm } = await lockVm(tx, caller, idOrName);
    if (vm.presence === 'deleted') {
      const open = await tx.operations.openOfVm(vm.id);
      const deletion = open.find((it) => it.goal === 'deleted');
      if (deletion) return { vmId: vm.id, operationId: deletion.id };
      return { vmId: vm.id, operationId: await this.purge(tx, caller, vm, '') };
    }
    if (vm.deletionProtection) {
      throw new VmanError('protected', `The VM ${vm.name} is protected against deletion.`);
    }
    if (query.purge === 'true') return { vmId: vm.id, operationId: await this.purge(tx, caller, vm, '') };
    if (vm.purgeAt && !asked) return { vmId: vm.id, operationId: await inTheTrash(tx, caller, vm) };
    return { vmId: vm.id, operationId: await this.remove(tx, caller, vm, { purgeAt: asked, reason: '' }) };
  }

  /** Into the trash, or for good where there is none; gives the operation's id. */
  async remove(
    tx: Tx,
    actor: Actor,
    vm: VmEntity,
    { purgeAt, reason }: { purgeAt?: Date; reason: string },
  ): Promise<string> {
    const until = purgeAt ?? (await this.endOfRetention(tx, vm));
    if (!until) return this.purge(tx, actor, vm, reason);
    await tellOfVm(tx, actor, vm, 'vm.trashed');
    return changeDesired(tx, actor, vm, {
      kind: 'vm.trash',
      reason,
      power: 'stopped',
      stop: GENTLE,
      spec: { purgeAt: until },
    });
  }

  async purge(tx: Tx, actor: Actor, vm: VmEntity, reason: string): Promise<string> {
    return changeDesired(tx, actor, vm, {
      kind: 'vm.delete',
      reason,
      presence: 'deleted',
      power: 'stopped',
      stop: POWER_CUT,
    });
  }

  private async endOfRetention(tx: Tx, { project }: VmEntity): Promise<Date | undefined> {
    const seconds = (await tx.projects.find(project, null))?.trashRetentionSeconds;
    const keptMs = seconds == null ? this.config.trashRetention : seconds * 1000;
    return keptMs > 0 ? new Date(this.clock.now() + keptMs) : undefined;
  }
}

async function inTheTrash(tx: Tx, actor: Actor, vm: VmEntity): Promise<string> {
  const reason = 'it is in the trash already';
  const id = await openVmOperation(tx, actor, vm, {
    kind: 'vm.trash',
    reason,
    goal: 'stopped',
    generation: vm.generation,
  });
  if (vm.observedGeneration >= vm.generation) await tx.operations.finish(id, { status: 'succeeded' });
  return id;
}
