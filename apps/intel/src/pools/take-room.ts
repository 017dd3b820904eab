import { lacks } from '#libs/domain';
import { VmanError } from '#libs/errors';
import type { Tx } from '../db-operator/index.js';

/** Promises room in a pool to a disk. Throws storage_full with the figures. `poolId` null: nothing is counted. */
export async function takeRoom(tx: Tx, poolId: string | null | undefined, bytes: number): Promise<void> {
  if (!poolId || bytes <= 0 || (await tx.pools.reserve(poolId, bytes))) return;
  const seen = await tx.pools.get(poolId);
  if (!seen) throw new VmanError('not_found', 'There is no such pool.');
  const { pool } = seen;
  const facts = { ...pool, poolId, available: true, reason: '' };
  throw storageFull(lacks(facts, bytes) ?? `pool ${pool.name} was filled by others at the same time`);
}

export function storageFull(detail: string): VmanError {
  return new VmanError('storage_full', `No room for the disk: ${detail}.`, {
    hint: 'Remove disks that are not needed, add storage, or raise `overcommit` or `watermarkPercent` of the pool (PATCH /v1/pools/{id}).',
  });
}
