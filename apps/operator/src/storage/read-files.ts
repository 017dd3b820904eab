import type { Disk } from '#libs/contracts';
import type { ActualVm } from '#libs/domain';
import { VmanError } from '#libs/errors';
import { qcow2Size } from '#libs/qemu';
import type { Host } from '../host.js';
import type { Vm } from '../reconcile/vm.js';

type MadeDisk = ActualVm['disks'][number];

/**
 * What is on disk of a VM: the disks that its desired state names, wherever they lie. A disk under construction has
 * another name and does not count; one that was made and whose file is gone, or out of reach, does.
 */
export async function readFiles(
  { store, desired, status }: Pick<Vm, 'store' | 'desired' | 'status'>,
  { images, pools }: Pick<Host, 'images' | 'pools'>,
): Promise<Pick<ActualVm, 'folder' | 'disks' | 'images'>> {
  const goes = (disk: Disk) => desired?.presence === 'deleted' || disk.presence === 'removed';
  const read = (disk: Disk) => readDisk(disk, pools, status.disks, goes(disk));
  const [folder, digests, disks] = await Promise.all([
    store.hasFolder(),
    images.list(),
    Promise.all((desired?.disks ?? []).map(read)),
  ]);
  return { folder, disks: disks.filter((it) => it !== undefined), images: digests };
}

async function readDisk(
  { diskId, poolId, existing, sizeBytes }: Disk,
  pools: Host['pools'],
  known: MadeDisk[] = [],
  leaving = false,
): Promise<MadeDisk | undefined> {
  const made =
    known.find((it) => it.diskId === diskId) ?? (existing && !leaving ? { diskId, sizeBytes } : undefined);
  try {
    return { diskId, sizeBytes: await qcow2Size(pools.diskPath(poolId, diskId)) };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return made && { ...made, missing: true };
    if (!(error instanceof VmanError && error.code === 'pool_unavailable')) throw error;
    // One that is to be removed is looked for again, rather than forgotten.
    return made ?? (leaving ? { diskId, sizeBytes } : undefined);
  }
}
