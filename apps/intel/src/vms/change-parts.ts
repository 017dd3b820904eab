import type { DiskPatch, NicPatch } from '#libs/contracts/http';
import type { Tx, VmEntity, VmParts } from '../db-operator/index.js';
import type { IntelConfig } from '../intel.config.js';
import { diffForwards } from './diff-forwards.js';
import { planDiskChanges } from './plan-disk-changes.js';
import { planNicChanges } from './plan-nic-changes.js';
import { forwardOf } from './plan-parts.js';
import { takeForwards } from './take-forwards.js';

/** Writes a new list of disks. */
export async function changeDisks(tx: Tx, vm: VmEntity, parts: VmParts, wanted: DiskPatch[]): Promise<void> {
  const { insert, grow, attach, detach, leave } = planDiskChanges(vm, parts, wanted);
  const generation = vm.generation + 1;
  await tx.parts.insertDisks(insert);
  for (const { id, sizeBytes } of grow) await tx.parts.growDisk(id, sizeBytes);
  await tx.parts.setPresence('disks', attach, 'attached', generation);
  await tx.parts.setPresence('disks', detach, 'detached', generation);
  await tx.parts.setPresence('disks', leave, 'leaving', generation);
}

/** Writes a new list of NICs with their port forwards. */
export async function changeNics(
  tx: Tx,
  vm: VmEntity,
  parts: VmParts,
  wanted: NicPatch[],
  config: Pick<IntelConfig, 'forwardAddress' | 'forwardPortRange'>,
): Promise<void> {
  const { insert, leave, forwards } = planNicChanges(vm, parts, wanted);
  const generation = vm.generation + 1;
  const context = { vmId: vm.id, hostId: vm.hostId, forwardAddress: config.forwardAddress };
  await tx.parts.insertNics(insert);
  await tx.parts.setPresence('nics', leave, 'leaving', generation);
  for (const { nicId, wanted: list } of forwards) {
    const present = parts.forwards.filter((it) => it.nicId === nicId);
    const diff = diffForwards(present, list, config.forwardAddress);
    await tx.forwards.release(
      diff.release.map((it) => it.id),
      generation,
    );
    const take = diff.take.map(({ input, position }) => forwardOf(input, nicId, position, context));
    await takeForwards(tx, take, config.forwardPortRange);
  }
}
