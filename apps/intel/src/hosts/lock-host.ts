import { VmanError } from '#libs/errors';
import type { SeenHost, Tx } from '../db-operator/index.js';

/** The host by id or name, held against other changes until the transaction ends. */
export async function lockHost(tx: Tx, nameOrId: string): Promise<SeenHost> {
  const found = await tx.hosts.find(nameOrId);
  if (found) await tx.hosts.lock(found.host.id);
  const seen = found && (await tx.hosts.get(found.host.id));
  if (!seen) throw new VmanError('not_found', 'There is no such host.');
  return seen;
}
