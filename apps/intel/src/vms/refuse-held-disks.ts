import { VmanError } from '#libs/errors';
import type { Tx, VmEntity } from '../db-operator/index.js';

/** A snapshot could not be restored without its disks: they stay with the VM for as long as there is one. */
export async function refuseHeldDisks(tx: Tx, vm: VmEntity, goingIds: string[]): Promise<void> {
  for (const diskId of goingIds) {
    const holders = await tx.snapshots.holdersOf(vm.id, diskId);
    if (holders.length === 0) continue;
    throw new VmanError(
      'resource_in_use',
      `Snapshots of ${vm.name} hold the disk ${diskId}: ${holders.join(', ')}.`,
      { hint: 'Delete them first: they could not be restored without it.' },
    );
  }
}
