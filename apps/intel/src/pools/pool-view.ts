import type { PoolView } from '#libs/contracts/http';
import { lacks } from '#libs/domain';
import type { SeenPool } from '../db-operator/index.js';

/** A pool as the API shows it; where it lies on a host is the host's affair. */
export function poolView({ pool, hosts, diskCount }: SeenPool): PoolView {
  const usable = hosts.some((it) => it.available);
  const facts = { ...pool, poolId: pool.id, available: usable, reason: '' };
  return {
    id: pool.id,
    name: pool.name,
    kind: pool.kind,
    capacityBytes: pool.capacityBytes,
    freeBytes: pool.freeBytes,
    reservedBytes: pool.reservedBytes,
    overcommit: pool.overcommitPercent / 100,
    watermarkPercent: pool.watermarkPercent,
    acceptsDisks: usable && lacks(facts, 1) === undefined,
    diskCount,
    updatedAt: pool.updatedAt.toISOString(),
    hosts: hosts.map((it) => ({
      id: it.hostId,
      name: it.hostName,
      available: it.available,
      reason: it.reason,
    })),
  };
}
