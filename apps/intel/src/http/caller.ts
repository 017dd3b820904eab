import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Origin } from '#libs/contracts';
import type { Role } from '#libs/contracts/http';
import { VmanError } from '#libs/errors';
import type { Rehearsal, Tx } from '../db-operator/index.js';
import type { Idempotency } from './idempotency-key.js';

/** Who changes something, as operations and the audit record it. */
export interface Actor {
  origin: Origin;
  name: string;
  tokenId: string | null;
  address: string;
  requestId: string;
}

/** A person or program with a token. */
export interface Caller extends Actor {
  origin: 'user';
  tokenId: string;
  role: Role;
  /** The only project it sees; null: all. */
  project: string | null;
  idempotency?: Idempotency;
  /** Refuse rather than queue behind another change of the same VM. */
  rejectsBusy?: boolean;
  /** What must hold before the change is carried out: `If-Match`. Throws precondition_failed. */
  precondition?: (tx: Tx) => Promise<void>;
  /** The change is only to be tried: `dryRun=true`. */
  rehearsal?: Rehearsal;
}

export type AuthenticatedRequest = FastifyRequest & { caller?: Caller };

/** The caller that the guard has found; a controller parameter. */
export const CallerOf = createParamDecorator((_data: unknown, context: ExecutionContext): Caller => {
  const { caller } = context.switchToHttp().getRequest<AuthenticatedRequest>();
  if (!caller) throw new VmanError('unauthorized', 'The request carries no token.');
  return caller;
});

/** intel itself, answering to what a host reported. */
export function systemActor(requestId: string): Actor {
  return { origin: 'system', name: 'intel', tokenId: null, address: '', requestId };
}
