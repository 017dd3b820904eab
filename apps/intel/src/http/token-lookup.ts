import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { CLOCK, type Clock } from '#libs/clock';
import { Database, type TokenEntity } from '../db-operator/index.js';

/** What a request says of its caller; `token` is missing when nobody has it, or not any more. */
export interface Presented {
  secret?: string;
  hash?: string;
  token?: TokenEntity;
}

/** A body may be sent slowly on purpose, until after its token was revoked. */
const FRESH_MS = 500;

/**
 * Looks for a request's token as soon as its head is there, while its body is read and its route is found. When that
 * took long it is looked for again.
 */
@Injectable()
export class TokenLookup {
  private readonly begun = new WeakMap<
    FastifyRequest['raw'],
    { atMs: number; presented: Promise<Presented> }
  >();

  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  attach(fastify: FastifyInstance): void {
    fastify.addHook('onRequest', (request, _reply, done) => {
      // The guard of the route, if there is one, hears of a failure.
      if (request.headers.authorization !== undefined) this.of(request).catch(() => {});
      done();
    });
  }

  of({ raw, headers }: FastifyRequest): Promise<Presented> {
    const atMs = this.clock.monotonic();
    const begun = this.begun.get(raw);
    if (begun && atMs - begun.atMs < FRESH_MS) return begun.presented;
    const presented = this.look(headers.authorization);
    this.begun.set(raw, { atMs, presented });
    return presented;
  }

  private async look(authorization = ''): Promise<Presented> {
    const secret = /^Bearer ([!-~]+)$/i.exec(authorization)?.[1];
    if (secret === undefined) return {};
    const hash = hashOfToken(secret);
    return { secret, hash, token: await this.database.read((tx) => tx.tokens.valid(hash)) };
  }
}

export const hashOfToken = (secret: string) => createHash('sha256').update(secret).digest('hex');
