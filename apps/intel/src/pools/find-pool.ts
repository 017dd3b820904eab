import { VmanError } from '#libs/errors';
import type { SeenPool, Tx } from '../db-operator/index.js';

const UUID = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/** By id, or by a name that only one pool has. */
export async function findPool(tx: Tx, idOrName: string): Promise<SeenPool> {
  if (UUID.test(idOrName)) {
    const seen = await tx.pools.get(idOrName);
    if (seen) return seen;
  }
  const [first, ...others] = await tx.pools.named(idOrName);
  if (first && others.length === 0) return first;
  throw new VmanError('not_found', first ? 'Several pools have this name.' : 'There is no such pool.', {
    hint: 'List the pools with GET /v1/pools and use the id.',
  });
}
