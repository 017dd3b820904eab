import { lacks, type PoolFacts } from '#libs/domain';
import { VmanError } from '#libs/errors';
import type { Tx } from '../db-operator/index.js';
import { invalidInput } from '../http/index.js';
import { storageFull } from '../pools/index.js';

/** The pool of that name or id on this host. Throws invalid_input, pool_unavailable. */
export async function poolOfHost(tx: Tx, hostId: string, nameOrId: string): Promise<PoolFacts> {
  const pools = (await tx.pools.facts()).get(hostId) ?? [];
  const pool = pools.find((it) => it.poolId === nameOrId) ?? pools.find((it) => it.name === nameOrId);
  if (!pool) {
    const names = pools.map((it) => it.name).join(', ') || 'none';
    const message = `the host of the VM has no such pool; it has: ${names}`;
    throw invalidInput([{ field: 'pool', code: 'unknown', message }]);
  }
  if (!pool.available) {
    throw new VmanError('pool_unavailable', `Pool ${pool.name} cannot be used: ${pool.reason}.`);
  }
  return pool;
}

/** A pool above its watermark takes nothing new. Throws storage_full. */
export function checkWatermark(pool: PoolFacts): void {
  const lack = lacks({ ...pool, reservedBytes: 0 }, 0);
  if (lack) throw storageFull(lack);
}

/** A host that can read the pool now, preferably this one. Throws pool_unavailable with each host's reason. */
export async function hostOfPool(tx: Tx, poolId: string, preferred: string): Promise<string> {
  const seen = await tx.pools.get(poolId);
  const able = seen?.hosts.filter((it) => it.available) ?? [];
  const host = able.find((it) => it.hostId === preferred) ?? able[0];
  if (host) return host.hostId;
  const reasons = seen?.hosts.map((it) => `${it.hostName}: ${it.reason}`).join('; ');
  throw new VmanError('pool_unavailable', `No host can reach its pool: ${reasons || 'no host has it'}.`);
}
