import type { StrayDiskView } from '#libs/contracts/http';
import type { StrayDiskRow } from '../db-operator/index.js';

/** A stray disk as the API shows it. `keepMs` 0: it is never destroyed by itself. */
export function strayDiskView(row: StrayDiskRow, keepMs: number): StrayDiskView {
  const { quarantinedAt } = row;
  const purgeAt = quarantinedAt && keepMs > 0 ? new Date(quarantinedAt.getTime() + keepMs) : undefined;
  return {
    id: row.diskId,
    state: quarantinedAt ? 'quarantined' : 'seen',
    pool: { id: row.poolId, name: row.poolName },
    host: { id: row.hostId, name: row.hostName },
    fileBytes: row.fileBytes,
    sizeBytes: row.sizeBytes,
    firstSeenAt: row.firstSeenAt.toISOString(),
    lastSeenAt: row.lastSeenAt.toISOString(),
    quarantinedAt: quarantinedAt?.toISOString(),
    purgeAt: purgeAt?.toISOString(),
    operationId: row.busy ? (row.operationId ?? undefined) : undefined,
  };
}
