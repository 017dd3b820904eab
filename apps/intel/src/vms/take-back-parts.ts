import type { Tx, VmEntity } from '../db-operator/index.js';

/**
 * Puts back what the present generation of a VM takes away and what its machine still has. Gives the columns of the
 * spec that go back with it; undefined when there is nothing to put back.
 */
export async function takeBackParts(tx: Tx, vm: VmEntity): Promise<Partial<VmEntity> | undefined> {
  const parts = await tx.parts.of(vm.id);
  const ofThis = (it: { presenceGeneration: number }) => it.presenceGeneration === vm.generation;
  const disks = [...parts.disks, ...parts.leavingDisks].filter(
    (it) => ofThis(it) && ['leaving', 'freeing', 'detached'].includes(it.presence),
  );
  const nics = parts.leavingNics.filter(ofThis);
  const held = vm.plugged?.memoryMib ?? 0;
  const memoryMib = Math.max(held, vm.memoryMib);
  if (disks.length + nics.length === 0 && memoryMib === vm.memoryMib) return undefined;
  const idsOf = (rows: { id: string }[]) => rows.map((it) => it.id);
  await tx.parts.setPresence('disks', idsOf(disks), 'attached', vm.generation + 1);
  await tx.parts.setPresence('nics', idsOf(nics), 'attached', vm.generation + 1);
  await tx.hosts.reserve(vm.hostId, memoryMib - vm.memoryMib, 0);
  return { memoryMib };
}
