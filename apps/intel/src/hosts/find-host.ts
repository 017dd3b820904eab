import { VmanError } from '#libs/errors';
import type { SeenHost, Tx } from '../db-operator/index.js';

export async function findHost(tx: Tx, nameOrId: string): Promise<SeenHost> {
  const found = await tx.hosts.find(nameOrId);
  if (!found) throw new VmanError('not_found', 'There is no such host.');
  return found;
}
