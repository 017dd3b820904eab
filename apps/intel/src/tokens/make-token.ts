import { randomBytes } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import type { Role } from '#libs/contracts/http';
import type { Tx } from '../db-operator/index.js';
import { hashOfToken } from '../http/index.js';

export interface NewToken {
  name: string;
  role: Role;
  project: string | null;
  expiresAt: Date | null;
}

/** Writes the hash of a new token and gives the token itself, which is kept nowhere. */
export async function makeToken(tx: Tx, wanted: NewToken): Promise<{ id: string; secret: string }> {
  const id = uuidv7();
  const secret = `vman_${randomBytes(32).toString('base64url')}`;
  await tx.tokens.insert({ id, ...wanted, sha256: hashOfToken(secret) });
  return { id, secret };
}
