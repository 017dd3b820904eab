import type { Vm } from '../reconcile/vm.js';

/** Every disk that a VM of this host has, had when it was last settled, or is to have. */
export function heldDisks(vms: readonly Pick<Vm, 'desired' | 'status' | 'process'>[]): Set<string> {
  return new Set(
    vms.flatMap(({ desired, status, process }) =>
      [desired?.disks ?? [], status.disks ?? [], process?.record.shape.disks ?? []].flatMap((disks) =>
        disks.map((it) => it.diskId),
      ),
    ),
  );
}
