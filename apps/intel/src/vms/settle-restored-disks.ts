/**
 * What becomes of disks that are made of a backup, once their host has said how it went: they take the place of the
 * disks that they were copied from, or they go again. Only a host that came to the end of the newest change is heard,
 * so a change of somebody in between delays this, and is not lost.
 */
import type { VmReport } from '#libs/contracts';
import { POWER_CUT } from '#libs/domain';
import type { DiskEntity, Tx, VmEntity, VmParts } from '../db-operator/index.js';
import type { Actor } from '../http/index.js';
import { changeDesired } from './change-desired.js';

/** True when it changed the VM. */
export async function settleRestoredDisks(
  tx: Tx,
  system: Actor,
  vm: VmEntity,
  parts: VmParts,
  report: VmReport,
): Promise<boolean> {
  const restoring = parts.leavingDisks.filter((it) => it.presence === 'restoring');
  if (restoring.length === 0) return false;
  const generation = vm.generation + 1;
  const ids = restoring.map((it) => it.id);
  const open = (await tx.operations.openOfVm(vm.id)).filter((it) => it.kind === 'backup.restore');
  if (report.failure?.code) {
    await tx.parts.setPresence('disks', ids, 'removed', generation);
    const reason = 'they could not be restored, so the VM stays as it is';
    await changeDesired(tx, system, vm, { kind: 'vm.remove-disks', reason });
    const { code, message } = report.failure;
    for (const { id } of open) await tx.operations.finish(id, { status: 'failed', code, message });
    return true;
  }
  await swap(tx, parts, restoring, generation);
  await changeDesired(tx, system, vm, {
    kind: 'vm.swap-disks',
    reason: 'the restored disks are whole',
    raiseStart: vm.desiredPower !== 'stopped',
    stop: POWER_CUT,
  });
  for (const { id } of open) await tx.operations.setGeneration(id, generation);
  return true;
}

async function swap(tx: Tx, parts: VmParts, restoring: DiskEntity[], generation: number): Promise<void> {
  const sources = restoring.flatMap(({ origin }) =>
    origin?.from?.$case === 'backup' ? [origin.from.value.diskId] : [],
  );
  const replaced = [...parts.disks].filter((it) => sources.includes(it.id));
  const kept = replaced.filter((it) => it.keepOnDelete).map((it) => it.id);
  const gone = replaced.filter((it) => !it.keepOnDelete).map((it) => it.id);
  await tx.parts.setPresence('disks', kept, 'freeing', generation);
  await tx.parts.setPresence('disks', gone, 'leaving', generation);
  await tx.parts.setPresence(
    'disks',
    restoring.map((it) => it.id),
    'attached',
    generation,
  );
}
