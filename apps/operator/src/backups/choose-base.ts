import type { CreateBackup, Disk } from '#libs/contracts';
import { VmanError } from '#libs/errors';
import { bitmapName, diskNodeName, type OwnBitmap } from '#libs/qemu';
import type { Pools } from '../pools/pools.js';
import { readChain, verifyChain } from './backup-chain.js';
import { fileOf } from './backup-manifest.js';

/** What a backup adds to, or why it has to hold everything. */
export type Base = { kind: 'incremental' } | { kind: 'full'; fallbackReason: string };

/**
 * An incremental backup needs, for each disk that is written to, a bitmap that saw every write since its parent, and
 * a parent whose whole chain is as it was written. Anything less, and it is a full one. Throws the reason of the signal.
 */
export async function chooseBase(
  pools: Pools,
  { poolId, parentBackupId }: Pick<CreateBackup, 'poolId' | 'parentBackupId'>,
  disks: readonly Pick<Disk, 'diskId' | 'readOnly'>[],
  bitmaps: readonly OwnBitmap[],
  signal: AbortSignal,
): Promise<Base> {
  if (parentBackupId === '') return { kind: 'full', fallbackReason: '' };
  const full = (fallbackReason: string): Base => ({ kind: 'full', fallbackReason });
  for (const { diskId } of disks.filter((it) => !it.readOnly)) {
    const name = bitmapName(poolId, parentBackupId);
    const bitmap = bitmaps.find((it) => it.name === name && it.node === diskNodeName(diskId));
    if (!bitmap) return full(`nobody noted what was written to disk ${diskId} since that backup`);
    if (!bitmap.sound) {
      return full(`QEMU ended without storing what was written to disk ${diskId} since that backup`);
    }
  }
  try {
    const chain = await readChain(pools, poolId, parentBackupId);
    const parent = chain[0]?.manifest;
    const added = disks.find(({ diskId }) => !parent || !fileOf(parent, diskId));
    if (added) return full(`disk ${added.diskId} is not in that backup`);
    const diskIds = disks.map((it) => it.diskId);
    await verifyChain(chain, diskIds, { signal });
    return { kind: 'incremental' };
  } catch (error) {
    if (error instanceof VmanError && error.code === 'backup_damaged') return full(error.message);
    throw error;
  }
}
