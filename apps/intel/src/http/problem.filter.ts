import { type ArgumentsHost, Catch, type ExceptionFilter, Inject, Logger } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { contextOfRequest } from '#libs/logging';
import type { AuthenticatedRequest } from './caller.js';
import { asKnownError, problemOf } from './problem.js';
import { Refusals } from './refusals.js';

/** Turns everything that is thrown on the way of a request into problem+json. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger('http');

  constructor(@Inject(Refusals) private readonly refusals: Refusals) {}

  async catch(thrown: unknown, host: ArgumentsHost): Promise<void> {
    if (host.getType() !== 'http') throw thrown;
    const request = host.switchToHttp().getRequest<AuthenticatedRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const { requestId } = contextOfRequest(request.raw);
    const error = asKnownError(thrown);
    const problem = problemOf(error, request.url.split('?')[0] ?? '', requestId);
    if (error.code === 'internal')
      this.logger.error({ err: error.cause ?? error, requestId }, 'a request failed');
    const { caller, method, params, routeOptions } = request;
    if (caller) {
      const { id } = (params ?? {}) as { id?: string };
      await this.refusals.note(caller, { method, route: routeOptions.url ?? '', id }, error);
    }
    if (reply.sent) return;
    const retryAfter = error.retryAfterSeconds ?? (problem.status === 503 ? 1 : undefined);
    if (retryAfter !== undefined) void reply.header('retry-after', String(retryAfter));
    if (error.etag) void reply.header('etag', error.etag);
    if (problem.status === 401) void reply.header('www-authenticate', 'Bearer');
    void reply.status(problem.status).type('application/problem+json; charset=utf-8').send(problem);
  }
}
