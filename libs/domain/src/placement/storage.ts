/** Whether the pools of a host have room for disks, and why not, in numbers. */

export interface PoolFacts {
  poolId: string;
  /** Its name on this host. */
  name: string;
  available: boolean;
  /** Why it is not. */
  reason: string;
  capacityBytes: number;
  freeBytes: number;
  /** Promised to disks. */
  reservedBytes: number;
  /** What may be promised, of the capacity. */
  overcommitPercent: number;
  /** How full it may be before it takes nothing new, of the capacity. */
  watermarkPercent: number;
}

/** A disk that wants a place. */
export interface StorageRequest {
  /** Name or id of a pool; undefined: the host's own. */
  pool?: string;
  /** 0 for a disk that is there already: its pool must be on the host, and its room is promised. */
  bytes: number;
}

/** The pool that every host has. */
export const OWN_POOL = 'local';
const GIB = 1024 ** 3;

export type StoragePlan =
  | { kind: 'fits'; poolIds: (string | undefined)[] }
  /** `full`: there is such a pool, and no room in it. */
  | { kind: 'refused'; reason: 'no-pool' | 'unavailable' | 'full'; message: string };

/** The pool of each disk. A host that tells of no pools takes disks of its own and nothing is counted. */
export function planStorage(wanted: StorageRequest[], pools: PoolFacts[]): StoragePlan {
  const named = wanted.filter((it) => it.pool !== undefined && it.pool !== OWN_POOL);
  if (pools.length === 0) {
    const first = named[0];
    return first
      ? { kind: 'refused', reason: 'no-pool', message: `has no pool ${first.pool}` }
      : { kind: 'fits', poolIds: wanted.map(() => undefined) };
  }
  const promised = new Map<string, number>();
  const poolIds: string[] = [];
  for (const { pool: name = OWN_POOL, bytes } of wanted) {
    const pool = pools.find((it) => it.poolId === name) ?? pools.find((it) => it.name === name);
    if (!pool) return { kind: 'refused', reason: 'no-pool', message: `has no pool ${name}` };
    if (!pool.available)
      return {
        kind: 'refused',
        reason: 'unavailable',
        message: `pool ${pool.name} cannot be used: ${pool.reason}`,
      };
    const sum = (promised.get(pool.poolId) ?? 0) + bytes;
    promised.set(pool.poolId, sum);
    const message = bytes > 0 ? lacks(pool, sum) : undefined;
    if (message) return { kind: 'refused', reason: 'full', message };
    poolIds.push(pool.poolId);
  }
  return { kind: 'fits', poolIds };
}

/** Why a pool cannot take so many bytes more; undefined when it can. The database checks the same in its statement. */
export function lacks(pool: PoolFacts, bytes: number): string | undefined {
  const { name, capacityBytes, freeBytes, reservedBytes, overcommitPercent, watermarkPercent } = pool;
  const used = capacityBytes - freeBytes;
  if (used * 100 > capacityBytes * watermarkPercent) {
    const percent = capacityBytes > 0 ? Math.round((used / capacityBytes) * 100) : 100;
    return `pool ${name} is ${percent} % full (${gib(freeBytes)} of ${gib(capacityBytes)} free); it takes nothing new above ${watermarkPercent} %`;
  }
  const limit = (capacityBytes * overcommitPercent) / 100;
  if (reservedBytes + bytes <= limit) return undefined;
  const free = Math.max(0, limit - reservedBytes);
  return `pool ${name}: ${gib(bytes)} asked, ${gib(free)} free of ${gib(capacityBytes)} x ${overcommitPercent / 100}`;
}

function gib(bytes: number): string {
  return `${Number((bytes / GIB).toFixed(2))} GiB`;
}
