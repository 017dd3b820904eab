/**
 * An answer that holds a secret is kept for a repetition of its request, and nobody else can read it: it is encrypted
 * with a key made of the caller's token, of which the database has the hash alone.
 */
import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

export interface Seal {
  /** What a request stands for, not to be guessed by who has no token. */
  hash(requestHash: string): string;
  close(body: unknown): unknown;
  open(body: unknown): unknown;
}

export function sealOf(token: string, key: string): Seal {
  const secret = Buffer.from(hkdfSync('sha256', token, key, 'vman idempotent answer', 32));
  return {
    hash: (requestHash) => createHmac('sha256', secret).update(requestHash).digest('hex'),
    close: (body) => {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(CIPHER, secret, nonce);
      const parts = [cipher.update(JSON.stringify(body ?? null)), cipher.final()];
      return { sealed: Buffer.concat([nonce, ...parts, cipher.getAuthTag()]).toString('base64url') };
    },
    open: (body) => {
      const bytes = Buffer.from((body as { sealed: string }).sealed, 'base64url');
      const decipher = createDecipheriv(CIPHER, secret, bytes.subarray(0, NONCE_BYTES));
      decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
      const parts = [decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()];
      return JSON.parse(Buffer.concat(parts).toString());
    },
  };
}
