import { createHash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { VmanError } from '#libs/errors';
import { type Seal, sealOf } from './seal.js';

const KEY = /^[!-~]{1,255}$/;

/** The key of a request and what it stands for: method, address and body. */
export interface Idempotency {
  key: string;
  requestHash: string;
  seal: Seal;
}

export function idempotencyOf(request: FastifyRequest, token: string): Idempotency | undefined {
  const key = request.headers['idempotency-key'];
  // A PUT has the same effect each time by itself, and its body may be a stream.
  if (key === undefined || request.method === 'PUT') return undefined;
  if (typeof key !== 'string' || !KEY.test(key)) {
    throw new VmanError('invalid_input', 'The Idempotency-Key is not valid.', {
      fields: [
        { field: 'Idempotency-Key', code: 'invalid', message: 'must be 1 to 255 visible ASCII characters' },
      ],
    });
  }
  const content = JSON.stringify([request.method, request.url, request.body ?? null]);
  const requestHash = createHash('sha256').update(content).digest('hex');
  return { key, requestHash, seal: sealOf(token, key) };
}
