import { VmanError } from '#libs/errors';
import type { ListedForward, Tx } from '../db-operator/index.js';
import type { Caller } from '../http/index.js';

const UUID = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/** One of a VM that the caller does not see is like an absent one. */
export async function findPortForward(tx: Tx, { project }: Caller, id: string): Promise<ListedForward> {
  const found = UUID.test(id) ? await tx.forwards.get(id, project ?? undefined) : undefined;
  if (!found) throw new VmanError('not_found', 'There is no such port forward.');
  return found;
}
