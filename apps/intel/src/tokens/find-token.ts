import { VmanError } from '#libs/errors';
import type { TokenEntity, Tx } from '../db-operator/index.js';
import type { Caller } from '../http/index.js';

const UUID = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/** One of another project is like an absent one. */
export async function findToken(tx: Tx, caller: Caller, id: string): Promise<TokenEntity> {
  const token = UUID.test(id) ? await tx.tokens.get(id, caller.project) : undefined;
  if (!token) throw new VmanError('not_found', 'There is no such token.');
  return token;
}
