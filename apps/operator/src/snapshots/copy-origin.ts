import { VmanError } from '#libs/errors';
import { copyDisk, growQcow2, listDiskSnapshots } from '#libs/qemu';
import type { Host } from '../host.js';
import { Interrupted } from '../reconcile/to-failure.js';
import { bringImageOf } from '../steps/bring-image.js';
import { exists } from '../steps/fetch-image.step.js';
import { syncFile } from '../storage/json-file.js';
import { FILE_MS } from './disk-set.js';

/** A disk of a TiB at the speed of a slow storage. */
const COPY_MS = 6 * 3_600_000;

/** A disk of this host, as one of its snapshots holds it or as it is now. */
export interface CopySource {
  diskId: string;
  poolId: string;
  snapshotId?: string;
}

/**
 * Copies a disk in full into a new file, durably. Throws `unavailable` while the source does not hold the snapshot
 * (yet), `storage_full`, or Interrupted when the signal ended it; then the file is the caller's to remove.
 */
export async function copyOrigin(
  host: Host,
  { diskId, poolId, snapshotId }: CopySource,
  target: { path: string; sizeBytes: number },
  signal: AbortSignal,
): Promise<void> {
  await host.pools.mustBeThere(poolId);
  const path = host.pools.diskPath(poolId, diskId);
  if (!(await exists(path))) throw new VmanError('disk_missing', 'The disk to copy is not on this host.');
  if (snapshotId !== undefined) {
    const held = await listDiskSnapshots(path, { timeoutMs: FILE_MS });
    if (!held.some((it) => it.name === snapshotId)) {
      throw new VmanError('unavailable', 'The disk to copy does not hold the snapshot yet.');
    }
  }
  await bringImageOf(host, path, signal);
  try {
    await copyDisk(path, snapshotId, target.path, { timeoutMs: COPY_MS, signal });
    await growQcow2(target.path, target.sizeBytes, { timeoutMs: FILE_MS, signal });
  } catch (error) {
    if (signal.aborted) throw new Interrupted('a newer change came');
    throw error;
  }
  await syncFile(target.path);
}
