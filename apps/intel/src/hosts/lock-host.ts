import { VmanError } from '#libs/errors';
import type { SeenHost, Tx } from '../db-operator/index.js';
import { findHost } from './find-host.js';

/** The host by id or name, held against other changes until the transaction ends. */
export async function lockHost(tx: Tx, nameOrId: string): Promise<SeenHost> {
  const { host } = await findHost(tx, nameOrId);
  await tx.hosts.lock(host.id);
  const seen = await tx.hosts.get(host.id);
  if (!seen) throw new VmanError('not_found', 'There is no such host.');
  return seen;
}
