import type { ActualVm } from '#libs/domain';
import { qcow2Size } from '#libs/qemu';
import type { ImageCache } from './image-cache.js';
import { listFolder } from './paths.js';
import type { VmStore } from './vm-store.js';

const DISK = /^([0-9a-f-]{36})\.qcow2$/;

/**
 * What is on disk of a VM. A disk under construction has another name and does not count; one of `made` whose file
 * is gone does.
 */
export async function readFiles(
  store: VmStore,
  images: ImageCache,
  made: ActualVm['disks'] = [],
): Promise<Pick<ActualVm, 'folder' | 'disks' | 'images'>> {
  const [folder, names, digests] = await Promise.all([
    store.hasFolder(),
    listFolder(store.paths.disks),
    images.list(),
  ]);
  const disks: ActualVm['disks'] = [];
  for (const name of names) {
    const diskId = DISK.exec(name)?.[1];
    if (diskId) disks.push({ diskId, sizeBytes: await qcow2Size(store.paths.disk(diskId)) });
  }
  const gone = made.filter((it) => !disks.some((disk) => disk.diskId === it.diskId));
  return { folder, disks: [...disks, ...gone], images: digests };
}
