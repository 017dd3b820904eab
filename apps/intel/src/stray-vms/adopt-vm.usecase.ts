/**
 * A VM that its host has and this database does not know becomes one again, as after an older backup was restored: its
 * rows are made of what its host was last told, one generation on, so that the host has nothing to do but to agree. Its
 * guest runs on. Whatever it rests on and is unknown too (templates, networks) comes back with it.
 */
import { Inject, Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import type { DesiredVm } from '#libs/contracts';
import type { AdoptVmInput } from '#libs/contracts/http';
import { VmanError } from '#libs/errors';
import type { Tx } from '../db-operator/index.js';
import type { Caller } from '../http/index.js';
import { openVmOperation } from '../operations/index.js';
import { takeRoom } from '../pools/index.js';
import { chooseProject } from '../projects/index.js';
import { ImageStore } from '../templates/index.js';
import type { ChangedVm } from '../vms/index.js';
import { adoptedRows } from './adopted-rows.js';
import { bringBackAddresses, bringBackNetworks, bringBackTemplates } from './bring-back.js';

@Injectable()
export class AdoptVm {
  constructor(@Inject(ImageStore) private readonly images: ImageStore) {}

  async execute(tx: Tx, caller: Caller, desired: DesiredVm, input: AdoptVmInput): Promise<ChangedVm> {
    const { vmId, hostId } = desired;
    if (desired.presence !== 'present') {
      throw new VmanError('invalid_state', 'Its host was told to let it go, and is at it.');
    }
    const project = await chooseProject(tx, caller, input.project ?? desired.project);
    const name = input.name ?? desired.name;
    await refuseTaken(tx, { vmId, project, name });
    await bringBackTemplates(tx, desired, (digest) => this.images.has(digest));
    const networks = await bringBackNetworks(tx, desired);
    const { vm, disks, nics, forwards } = adoptedRows(desired, { name, project });
    const { memoryMib, vcpus } = desired.machine;
    if (!(await tx.hosts.reserve(hostId, memoryMib, vcpus))) {
      throw new VmanError('placement_failed', 'Its host has promised its CPUs or memory to other VMs.', {
        hint: 'Raise `cpuOvercommitPercent` or `memoryOvercommitPercent` of the host (PATCH /v1/hosts/{id}), or delete VMs.',
      });
    }
    for (const { poolId, sizeBytes } of disks) await takeRoom(tx, poolId, sizeBytes);
    const operationId = uuidv7();
    const cause = {
      causeOperationId: operationId,
      causeRequestId: caller.requestId,
      causeOrigin: caller.origin,
    };
    await tx.vms.insert({ ...vm, ...cause });
    await tx.parts.insertDisks(disks);
    await tx.parts.insertNics(nics);
    await bringBackAddresses(tx, desired, project, networks);
    for (const forward of forwards) await tx.forwards.take(forward);
    await tx.strayVms.forget(vmId);
    await openVmOperation(
      tx,
      caller,
      { id: vmId, name, project, hostId },
      {
        id: operationId,
        kind: 'vm.adopt',
        reason: 'its host had it and the database did not know it',
        generation: desired.generation + 1,
        goal: desired.power,
      },
    );
    await tx.outbox.desired(hostId, vmId);
    return { vmId, operationId };
  }
}

async function refuseTaken(
  tx: Tx,
  { vmId, project, name }: { vmId: string; project: string; name: string },
): Promise<void> {
  if (await tx.vms.get(vmId)) throw new VmanError('already_exists', 'The VM is known.');
  if (!(await tx.vms.byName(project, name))) return;
  throw new VmanError('already_exists', `Another VM of the project ${project} has the name ${name}.`, {
    hint: 'Give it another one with `name`.',
  });
}
