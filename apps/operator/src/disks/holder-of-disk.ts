import { isAttached } from '#libs/domain';
import type { Vm } from '../reconcile/vm.js';

/** The VM that has a disk in its machine, or is to have it. */
export function holderOfDisk(
  vms: Pick<Vm, 'vmId' | 'desired' | 'process'>[],
  diskId: string,
): string | undefined {
  const has = ({ desired, process }: (typeof vms)[number]) =>
    desired?.disks.some((it) => it.diskId === diskId && isAttached(it)) ||
    process?.record.shape.disks.some((it) => it.diskId === diskId);
  return vms.find(has)?.vmId;
}
