import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyReply } from 'fastify';
import { CLOCK, type Clock } from '#libs/clock';
import { VmanError } from '#libs/errors';
import { contextOfRequest } from '#libs/logging';
import { Database, type TokenEntity } from '../db-operator/index.js';
import { INTEL_CONFIG, type IntelConfig } from '../intel.config.js';
import type { AuthenticatedRequest, Caller } from './caller.js';
import { DRY_RUN, rehearsalOf } from './dry-run.js';
import { idempotencyOf } from './idempotency-key.js';
import { rejectsBusy } from './on-conflict.js';
import { ACCESS, type Access, demand, OPEN_PATHS } from './permissions.js';
import { RateLimit } from './rate-limit.js';
import { TokenLookup } from './token-lookup.js';
import { preconditionOf, VERSION } from './version.js';

const USE_NOTED_MS = 60_000;
const WINDOW_MS = 10_000;

/** One guard before every route; never path middleware, which an encoded path may slip by. */
@Injectable()
export class AuthGuard implements CanActivate {
  /** By the hash of the token. */
  private readonly known: RateLimit;
  /** By address: those that have no good token. */
  private readonly unknown: RateLimit;

  constructor(
    @Inject(Reflector) private readonly reflector: Reflector,
    @Inject(Database) private readonly database: Database,
    @Inject(TokenLookup) private readonly tokens: TokenLookup,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(INTEL_CONFIG) { rateLimit }: IntelConfig,
  ) {
    this.known = new RateLimit(clock, rateLimit, WINDOW_MS);
    this.unknown = new RateLimit(clock, Math.ceil(rateLimit / 10), WINDOW_MS);
  }

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (context.getType() !== 'http') return true;
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    const access = this.reflector.getAllAndOverride<Access | undefined>(ACCESS, [
      context.getHandler(),
      context.getClass(),
    ]);
    if (access === 'public') return true;
    if (access === undefined && OPEN_PATHS.includes(request.routeOptions.url ?? '')) return true;
    const caller = await this.identify(request, context.switchToHttp().getResponse<FastifyReply>());
    request.caller = caller;
    if (access === undefined) throw new VmanError('forbidden', 'This route is closed.');
    demand(caller, access);
    const canBeTried = this.reflector.get<boolean | undefined>(DRY_RUN, context.getHandler()) ?? false;
    caller.rehearsal = rehearsalOf(request, canBeTried);
    const version = this.reflector.getAllAndOverride(VERSION, [context.getHandler(), context.getClass()]);
    caller.precondition = preconditionOf(request, caller, version);
    return true;
  }

  private take(limit: RateLimit, key: string, reply: FastifyReply): void {
    if (limit.most === 0) return;
    const { allowed, resetSeconds } = limit.take(key);
    void reply.headers({ 'ratelimit-limit': limit.most, 'ratelimit-reset': resetSeconds });
    if (allowed) return;
    throw new VmanError('rate_limited', `More than ${limit.most} requests in ${WINDOW_MS / 1000} s.`, {
      retryAfterSeconds: resetSeconds,
    });
  }

  /** To the minute is enough to see which tokens nobody needs, and costs one statement a minute. */
  private async noteUse({ id, lastUsedAt }: TokenEntity): Promise<void> {
    if (lastUsedAt && this.clock.now() - lastUsedAt.getTime() < USE_NOTED_MS) return;
    await this.database.read((tx) => tx.tokens.use(id));
  }

  private async identify(request: AuthenticatedRequest, reply: FastifyReply): Promise<Caller> {
    const { secret, hash, token } = await this.tokens.of(request);
    if (hash === undefined || !token) {
      this.take(this.unknown, request.ip, reply);
      const what = hash === undefined ? 'The request carries no token.' : 'The token is not valid.';
      throw new VmanError('unauthorized', what);
    }
    this.take(this.known, hash, reply);
    await this.noteUse(token);
    return {
      origin: 'user',
      name: token.name,
      tokenId: token.id,
      role: token.role,
      project: token.project,
      address: request.ip,
      requestId: contextOfRequest(request.raw).requestId,
      idempotency: idempotencyOf(request, secret ?? ''),
      rejectsBusy: rejectsBusy(request),
    };
  }
}
