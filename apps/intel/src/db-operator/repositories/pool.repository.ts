/**
 * Pools and the room in them. What a disk may become is promised when it is asked for and given back when its host
 * has said that it is gone. A promise is one conditional statement, so that no two together pass the limit: the sum
 * of the promises stays below capacity x over-commit, and none is made while the pool is fuller than its watermark.
 */
import { type EntityManager, In } from 'typeorm';
import type { PoolReport } from '#libs/contracts';
import type { PoolFacts } from '#libs/domain';
import { PoolEntity } from '../entities/index.js';
import { type Row, rowReader } from '../entity-rows.js';
import type { Page } from '../keyset.js';
import { type Listed, type ListWish, listedPage, listing, narrow } from '../listing.js';
import { HOST_SEEN } from '../shown-state.js';
import { together } from '../together.js';

/** A pool as one host sees it. */
export interface HostPool {
  poolId: string;
  hostId: string;
  hostName: string;
  /** Its name on that host. */
  name: string;
  available: boolean;
  reason: string;
}

export interface SeenPool {
  pool: PoolEntity;
  hosts: HostPool[];
  diskCount: number;
}

/** Less of a change than a thousandth of the pool is not worth a write. */
const REPORT_POOLS = `
WITH told AS (
  SELECT * FROM jsonb_to_recordset($2::jsonb) AS t (id uuid, name text, kind text, capacity_bytes bigint,
    free_bytes bigint, available boolean, reason text)),
pool AS (
  INSERT INTO pools AS p (id, name, kind, capacity_bytes, free_bytes)
  SELECT id, name, kind, capacity_bytes, free_bytes FROM told
  ON CONFLICT (id) DO UPDATE SET kind = EXCLUDED.kind, capacity_bytes = EXCLUDED.capacity_bytes,
    free_bytes = EXCLUDED.free_bytes
  WHERE EXCLUDED.capacity_bytes > 0 AND (p.capacity_bytes <> EXCLUDED.capacity_bytes
    OR abs(p.free_bytes - EXCLUDED.free_bytes) >= p.capacity_bytes / 1000))
INSERT INTO host_pools AS h (host_id, pool_id, name, available, reason)
SELECT $1, id, name, available, reason FROM told
ON CONFLICT (host_id, pool_id) DO UPDATE
  SET name = EXCLUDED.name, available = EXCLUDED.available, reason = EXCLUDED.reason
WHERE (h.name, h.available, h.reason) IS DISTINCT FROM (EXCLUDED.name, EXCLUDED.available, EXCLUDED.reason)
RETURNING pool_id, (xmax = 0) AS added`;

const RESERVE = `
UPDATE pools SET reserved_bytes = reserved_bytes + $2::bigint
WHERE id = $1
  AND reserved_bytes + $2::bigint <= capacity_bytes::numeric * overcommit_percent / 100
  AND capacity_bytes - free_bytes <= capacity_bytes::numeric * watermark_percent / 100
RETURNING id`;

/** Disks of before there were pools lie in the pool that every host has. */
const ADOPT = `
WITH adopted AS (
  UPDATE disks SET pool_id = $2 WHERE host_id = $1 AND pool_id IS NULL RETURNING size_bytes)
UPDATE pools SET reserved_bytes = reserved_bytes + (SELECT coalesce(sum(size_bytes), 0) FROM adopted)
WHERE id = $2 AND EXISTS (SELECT 1 FROM adopted)`;

const LISTED: Listed = {
  id: 'p.id',
  name: 'p.name',
  filters: {
    name: 'p.name = ?',
    kind: 'p.kind = ?',
    host: `EXISTS (SELECT 1 FROM host_pools s JOIN hosts h ON h.id = s.host_id
      WHERE s.pool_id = p.id AND (h.name = ? OR h.id::text = ?))`,
    updatedSince: 'p.updated_at >= ?::timestamptz',
  },
};

export class PoolRepository {
  constructor(private readonly manager: EntityManager) {}

  /** What a host says of its pools; a pool at rest costs no write. */
  async report(hostId: string, reports: PoolReport[]): Promise<void> {
    const rows = reports.map((it) => ({
      id: it.poolId,
      name: it.name,
      kind: it.kind,
      capacity_bytes: it.capacityBytes,
      free_bytes: it.freeBytes,
      available: it.available,
      reason: it.reason,
    }));
    const changed: { pool_id: string; added: boolean }[] = await this.manager.query(REPORT_POOLS, [
      hostId,
      JSON.stringify(rows),
    ]);
    const own = reports[0]?.poolId;
    const isNew = changed.some((it) => it.added && it.pool_id === own);
    if (own && isNew) await this.manager.query(ADOPT, [hostId, own]);
    await this.manager.query(
      `UPDATE host_pools SET available = false, reason = 'its host no longer names it'
       WHERE host_id = $1 AND available AND NOT pool_id = ANY($2::uuid[])`,
      [hostId, reports.map((it) => it.poolId)],
    );
  }

  async get(id: string): Promise<SeenPool | undefined> {
    return (await this.withHosts(await this.manager.findBy(PoolEntity, { id })))[0];
  }

  /** Several when hosts have pools of one name. */
  async named(name: string): Promise<SeenPool[]> {
    const rows = await this.manager
      .createQueryBuilder(PoolEntity, 'p')
      .where(
        'p.name = :name OR EXISTS (SELECT 1 FROM host_pools h WHERE h.pool_id = p.id AND h.name = :name)',
        {
          name,
        },
      )
      .orderBy('p.id')
      .getMany();
    return this.withHosts(rows);
  }

  async page(wish: ListWish): Promise<Page<SeenPool>> {
    const list = listing(LISTED, wish);
    const query = this.manager.createQueryBuilder(PoolEntity, 'p');
    const rows = await this.withHosts(await narrow(query, list).getMany());
    return listedPage(rows, list, ({ pool }) => pool);
  }

  async all(): Promise<SeenPool[]> {
    return this.withHosts(await this.manager.find(PoolEntity, { order: { id: 'ASC' } }));
  }

  async change(id: string, change: Partial<PoolEntity>): Promise<void> {
    await this.manager.update(PoolEntity, { id }, change);
  }

  /** What each host can offer to a placement, by host. */
  async facts(): Promise<Map<string, PoolFacts[]>> {
    const [rows, hosts] = await together(
      this.manager.query<Row[]>('SELECT * FROM pools'),
      this.hostsOf(null),
    );
    const pools = new Map(rows.map(rowReader(this.manager, PoolEntity)).map((it) => [it.id, it]));
    const byHost = new Map<string, PoolFacts[]>();
    for (const { hostId, poolId, name, available, reason } of hosts) {
      const pool = pools.get(poolId);
      if (!pool) continue;
      const { capacityBytes, freeBytes, reservedBytes, overcommitPercent, watermarkPercent } = pool;
      const figures = { capacityBytes, freeBytes, reservedBytes, overcommitPercent, watermarkPercent };
      const facts = byHost.get(hostId) ?? [];
      facts.push({ poolId, name, available, reason, ...figures });
      byHost.set(hostId, facts);
    }
    return byHost;
  }

  /** Promises room, or says that there is none. */
  async reserve(id: string, bytes: number): Promise<boolean> {
    const [rows]: [unknown[], number] = await this.manager.query(RESERVE, [id, bytes]);
    return rows.length === 1;
  }

  async release(id: string, bytes: number): Promise<void> {
    await this.manager.query(
      'UPDATE pools SET reserved_bytes = greatest(0, reserved_bytes - $2::bigint) WHERE id = $1',
      [id, bytes],
    );
  }

  private async withHosts(pools: PoolEntity[]): Promise<SeenPool[]> {
    if (pools.length === 0) return [];
    const ids = pools.map((it) => it.id);
    const hosts = await this.hostsOf(ids);
    const counts: { pool_id: string; count: string }[] = await this.manager.query(
      'SELECT pool_id, count(*) FROM disks WHERE pool_id = ANY($1::uuid[]) GROUP BY pool_id',
      [ids],
    );
    return pools.map((pool) => ({
      pool,
      hosts: hosts.filter((it) => it.poolId === pool.id),
      diskCount: Number(counts.find((it) => it.pool_id === pool.id)?.count ?? 0),
    }));
  }

  /** null: of all pools. */
  private async hostsOf(poolIds: string[] | null): Promise<HostPool[]> {
    const rows: {
      pool_id: string;
      host_id: string;
      host_name: string;
      name: string;
      available: boolean;
      reason: string;
      seen: boolean | null;
    }[] = await this.manager.query(
      `SELECT hp.pool_id, hp.host_id, h.name AS host_name, hp.name, hp.available, hp.reason, ${HOST_SEEN} AS seen
       FROM host_pools hp JOIN hosts h ON h.id = hp.host_id
       WHERE $1::uuid[] IS NULL OR hp.pool_id = ANY($1::uuid[]) ORDER BY h.name, h.id`,
      [poolIds],
    );
    return rows.map((it) => ({
      poolId: it.pool_id,
      hostId: it.host_id,
      hostName: it.host_name,
      name: it.name,
      available: it.available && it.seen === true,
      reason: it.seen === true ? it.reason : 'its host was not heard of in time',
    }));
  }

  /** Room of disks that are gone goes back to their pools. */
  async releaseDisks(diskIds: string[]): Promise<void> {
    await this.manager.query(
      `UPDATE pools p SET reserved_bytes = greatest(0, p.reserved_bytes - gone.bytes)
       FROM (SELECT pool_id, sum(greatest(size_bytes, coalesce(growing_to_bytes, 0))) AS bytes FROM disks
             WHERE id = ANY($1::uuid[]) AND pool_id IS NOT NULL GROUP BY pool_id) AS gone
       WHERE p.id = gone.pool_id`,
      [diskIds],
    );
  }

  async namesOf(ids: string[]): Promise<Map<string, PoolEntity>> {
    const rows = ids.length > 0 ? await this.manager.findBy(PoolEntity, { id: In(ids) }) : [];
    return new Map(rows.map((it) => [it.id, it]));
  }
}
