import type { DiskEntity, Tx } from '../db-operator/index.js';

/** The host that is to work on a disk: any that has its pool, the one that made it before others. */
export async function commandHost(tx: Tx, disk: DiskEntity): Promise<string> {
  const hosts = disk.poolId ? ((await tx.pools.get(disk.poolId))?.hosts ?? []) : [];
  const able = hosts.filter((it) => it.available).map((it) => it.hostId);
  const own = disk.hostId ?? able[0] ?? '';
  return able.includes(own) ? own : (able[0] ?? own);
}

/** What a command names of a disk. */
export const placeOf = (disk: DiskEntity) => ({ diskId: disk.id, poolId: disk.poolId ?? '' });

/** Long enough for an image to be fetched. */
export const CREATE_DEADLINE_MS = 30 * 60_000;
export const WORK_DEADLINE_MS = 10 * 60_000;
