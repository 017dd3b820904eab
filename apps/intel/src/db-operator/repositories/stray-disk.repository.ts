import type { EntityManager } from 'typeorm';
import type { Page } from '../keyset.js';
import { type Listed, type ListWish, listedPage, listing, positional } from '../listing.js';

interface NewStrayDisk {
  diskId: string;
  poolId: string;
  /** The host that told of it. */
  hostId: string;
  fileBytes: number;
  sizeBytes: number;
  quarantinedAt: Date | null;
}

export interface StrayDiskRow extends NewStrayDisk {
  poolName: string;
  hostName: string;
  firstSeenAt: Date;
  lastSeenAt: Date;
  /** Since it was first seen, and since it was put aside; by the clock of the database. */
  seenForMs: number;
  quarantinedForMs: number | null;
  /** The last thing that was asked of its host about it, and whether that has not ended. */
  operationId: string | null;
  busy: boolean;
}

const SELECT = `
SELECT s.disk_id AS "diskId", s.pool_id AS "poolId", p.name AS "poolName", s.host_id AS "hostId", h.name AS "hostName",
  s.file_bytes::float8 AS "fileBytes", s.size_bytes::float8 AS "sizeBytes", s.first_seen_at AS "firstSeenAt",
  s.last_seen_at AS "lastSeenAt", s.quarantined_at AS "quarantinedAt", s.operation_id AS "operationId",
  (extract(epoch FROM now() - s.first_seen_at) * 1000)::float8 AS "seenForMs",
  (extract(epoch FROM now() - s.quarantined_at) * 1000)::float8 AS "quarantinedForMs",
  (o.id IS NOT NULL AND o.finished_at IS NULL) AS busy
FROM stray_disks s JOIN pools p ON p.id = s.pool_id JOIN hosts h ON h.id = s.host_id
LEFT JOIN operations o ON o.id = s.operation_id`;

/** Seen again: what was known of it stays. In another pool, or out of quarantine, it is a new one. */
const SIGHT = `
INSERT INTO stray_disks AS s (disk_id, pool_id, host_id, file_bytes, size_bytes, quarantined_at)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (disk_id) DO UPDATE SET
  host_id = EXCLUDED.host_id, file_bytes = EXCLUDED.file_bytes, size_bytes = EXCLUDED.size_bytes,
  last_seen_at = now(), quarantined_at = EXCLUDED.quarantined_at, pool_id = EXCLUDED.pool_id,
  first_seen_at = CASE
    WHEN s.pool_id <> EXCLUDED.pool_id OR (s.quarantined_at IS NOT NULL AND EXCLUDED.quarantined_at IS NULL)
    THEN now() ELSE s.first_seen_at END`;

const LISTED: Listed = {
  id: 's.disk_id',
  filters: {
    state: `CASE WHEN s.quarantined_at IS NULL THEN 'seen' ELSE 'quarantined' END = ?`,
    pool: '(p.name = ? OR p.id::text = ?)',
    host: '(h.name = ? OR h.id::text = ?)',
  },
};

/** Files of disks that no row of a disk knows. */
export class StrayDiskRepository {
  constructor(private readonly manager: EntityManager) {}

  async sight(stray: NewStrayDisk): Promise<void> {
    const { diskId, poolId, hostId, fileBytes, sizeBytes, quarantinedAt } = stray;
    await this.manager.query(SIGHT, [diskId, poolId, hostId, fileBytes, sizeBytes, quarantinedAt]);
  }

  async ofPool(poolId: string): Promise<StrayDiskRow[]> {
    return this.manager.query(`${SELECT} WHERE s.pool_id = $1`, [poolId]);
  }

  async get(diskId: string): Promise<StrayDiskRow | undefined> {
    const rows: StrayDiskRow[] = await this.manager.query(`${SELECT} WHERE s.disk_id = $1`, [diskId]);
    return rows[0];
  }

  /** Held against other changes until the transaction ends. */
  async lock(diskId: string): Promise<StrayDiskRow | undefined> {
    const rows: StrayDiskRow[] = await this.manager.query(`${SELECT} WHERE s.disk_id = $1 FOR UPDATE OF s`, [
      diskId,
    ]);
    return rows[0];
  }

  async page(wish: ListWish): Promise<Page<StrayDiskRow>> {
    const list = listing(LISTED, wish);
    const { tail, values } = positional(list);
    const rows: StrayDiskRow[] = await this.manager.query(`${SELECT} ${tail}`, values);
    return listedPage(rows, list, ({ diskId }) => ({ id: diskId }));
  }

  async asked(diskId: string, operationId: string): Promise<void> {
    await this.manager.query('UPDATE stray_disks SET operation_id = $2 WHERE disk_id = $1', [
      diskId,
      operationId,
    ]);
  }

  async forget(diskId: string): Promise<void> {
    await this.manager.query('DELETE FROM stray_disks WHERE disk_id = $1', [diskId]);
  }
}
