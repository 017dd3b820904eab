import { createHash } from 'node:crypto';
import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { CLOCK, type Clock } from '#libs/clock';
import { VmanError } from '#libs/errors';
import { contextOfRequest } from '#libs/logging';
import { Database, type TokenEntity } from '../db-operator/index.js';
import type { AuthenticatedRequest, Caller } from './caller.js';
import { idempotencyOf } from './idempotency-key.js';
import { ACCESS, type Access, demand, OPEN_PATHS } from './permissions.js';

const USE_NOTED_MS = 60_000;

/** One guard before every route; never path middleware, which an encoded path may slip by. */
@Injectable()
export class AuthGuard implements CanActivate {
  constructor(
    @Inject(Reflector) private readonly reflector: Reflector,
    @Inject(Database) private readonly database: Database,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (context.getType() !== 'http') return true;
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    const access = this.reflector.getAllAndOverride<Access | undefined>(ACCESS, [
      context.getHandler(),
      context.getClass(),
    ]);
    if (access === 'public') return true;
    if (access === undefined && OPEN_PATHS.includes(request.routeOptions.url ?? '')) return true;
    const caller = await this.identify(request);
    request.caller = caller;
    if (access === undefined) throw new VmanError('forbidden', 'This route is closed.');
    demand(caller, access);
    return true;
  }

  /** To the minute is enough to see which tokens nobody needs, and costs one statement a minute. */
  private async noteUse({ id, lastUsedAt }: TokenEntity): Promise<void> {
    if (lastUsedAt && this.clock.now() - lastUsedAt.getTime() < USE_NOTED_MS) return;
    await this.database.read((tx) => tx.tokens.use(id));
  }

  private async identify(request: AuthenticatedRequest): Promise<Caller> {
    const secret = /^Bearer ([!-~]+)$/i.exec(request.headers.authorization ?? '')?.[1];
    if (!secret) throw new VmanError('unauthorized', 'The request carries no token.');
    const token = await this.database.read((tx) => tx.tokens.valid(hashOfToken(secret)));
    if (!token) throw new VmanError('unauthorized', 'The token is not valid.');
    await this.noteUse(token);
    return {
      origin: 'user',
      name: token.name,
      tokenId: token.id,
      role: token.role,
      project: token.project,
      address: request.ip,
      requestId: contextOfRequest(request.raw).requestId,
      idempotency: idempotencyOf(request),
    };
  }
}

export const hashOfToken = (secret: string) => createHash('sha256').update(secret).digest('hex');
