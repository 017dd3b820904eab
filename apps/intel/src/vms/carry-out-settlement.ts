import type { Tx, VmEntity } from '../db-operator/index.js';
import type { Actor } from '../http/index.js';
import { changeDesired } from './change-desired.js';
import type { PartsSettlement } from './settle-parts.js';

/** Writes what a host's report means for the disks, NICs and memory of a VM. */
export async function carryOutSettlement(
  tx: Tx,
  system: Actor,
  vm: VmEntity,
  settlement: PartsSettlement,
): Promise<void> {
  const generation = vm.generation + 1;
  switch (settlement.kind) {
    case 'none':
      return;
    case 'forget':
      await tx.parts.remove(settlement.diskIds, settlement.nicIds);
      return;
    case 'discard': {
      await tx.parts.setPresence('disks', settlement.diskIds, 'removed', generation);
      const reason = 'they are out of the machine, and were not to be kept';
      await changeDesired(tx, system, vm, { kind: 'vm.remove-disks', reason });
      return;
    }
    case 'keep': {
      const { diskIds, nicIds, memoryMib } = settlement;
      await tx.parts.setPresence('disks', diskIds, 'attached', generation);
      await tx.parts.setPresence('nics', nicIds, 'attached', generation);
      // It is in use, so it is counted, even beyond what the host has left.
      await tx.hosts.reserve(vm.hostId, memoryMib - vm.memoryMib, 0);
      const reason = 'the guest did not let go of it, so it stays';
      await changeDesired(tx, system, vm, { kind: 'vm.guest-refused', reason, spec: { memoryMib } });
    }
  }
}
