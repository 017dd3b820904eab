import { statfs } from 'node:fs/promises';
import type { PoolDeclaration } from '#libs/config';
import { claimPool, newPoolId, readMarker } from './pool-marker.js';

/** A pool as it was last looked at. */
export interface PoolSight {
  /** Empty for one that was never seen. */
  poolId: string;
  capacityBytes: number;
  freeBytes: number;
  /** Why it cannot be used; empty when it can. */
  reason: string;
}

/**
 * What is under the folder of a pool now. `known` is what it was before: then nothing is made anew, since an empty
 * folder is a mount that is missing. The pool `local` is where the host's own records lie, so it is there.
 */
export async function lookAtPool(
  { name, kind, folder }: PoolDeclaration,
  hostId: string,
  known: string | undefined,
): Promise<PoolSight> {
  const nothing = { poolId: known ?? '', capacityBytes: 0, freeBytes: 0 };
  try {
    let marker = await readMarker(folder);
    if (!marker && known && name !== 'local') {
      return {
        ...nothing,
        reason: 'its folder does not hold the pool that was there, as when it is not mounted',
      };
    }
    marker ??= await claimPool(folder, hostId, { poolId: known ?? newPoolId(), kind });
    if (known && marker.poolId !== known) {
      return { ...nothing, reason: `its folder holds another pool, ${marker.poolId}` };
    }
    const { bsize, blocks, bavail } = await statfs(folder);
    return {
      poolId: marker.poolId,
      capacityBytes: blocks * bsize,
      freeBytes: bavail * bsize,
      reason: '',
    };
  } catch (error) {
    return { ...nothing, reason: words(error) };
  }
}

function words(error: unknown): string {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'ENOENT':
      return 'its folder is not there';
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return 'its folder cannot be written';
    case 'ENOSPC':
    case 'EDQUOT':
      return 'it is full';
    default:
      return `its folder cannot be read: ${(error as NodeJS.ErrnoException).code ?? 'a fault'}`;
  }
}
