import type { DiskOrigin } from '#libs/contracts';
import type { SnapshotSource } from '#libs/contracts/http';
import type { Tx } from '../db-operator/index.js';
import { type Caller, invalidInput } from '../http/index.js';
import { checkReady, findSnapshot } from './find-snapshot.js';

export interface SnapshotContent {
  origin: DiskOrigin;
  /** The host that has it. */
  hostId: string;
  sizeBytes: number;
}

/** What a new disk is copied from. Throws invalid_input, not_found, or invalid_state while the snapshot is not whole. */
export async function contentOfSnapshot(
  tx: Tx,
  caller: Caller,
  { snapshot: id, disk: wanted }: SnapshotSource,
): Promise<SnapshotContent> {
  const seen = await findSnapshot(tx, caller, id);
  checkReady(seen);
  const { disks } = seen.snapshot;
  const found = wanted == null && disks.length === 1 ? disks[0] : disks.find((it) => it.diskId === wanted);
  if (!found) {
    const message = `must be one of: ${disks.map((it) => it.diskId).join(', ')}`;
    throw invalidInput([{ field: 'source.disk', code: wanted == null ? 'required' : 'unknown', message }]);
  }
  const { diskId, poolId, sizeBytes } = found;
  const value = { snapshotId: id, diskId, poolId: poolId ?? '' };
  return { origin: { from: { $case: 'snapshot', value } }, hostId: seen.hostId, sizeBytes };
}
