import type { IncomingMessage, ServerResponse } from 'node:http';
import { type DynamicModule, Module, type NestModule } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { LoggerModule } from 'nestjs-pino';
import type { Logger } from 'pino';
import { withContext } from './context.js';
import { NestLogger } from './nest-logger.js';
import { openRequest } from './request-context.js';
import { requestLogOptions } from './request-log.js';

/** What is needed of a Fastify instance. */
interface Hooks {
  addHook(
    name: 'onRequest' | 'preValidation',
    hook: (request: { raw: IncomingMessage }, reply: { raw: ServerResponse }, done: () => void) => void,
  ): unknown;
}

/**
 * Nest's own log lines and one line a request go through the given logger, with the request's ids on each line.
 * nestjs-pino keeps one root logger a process: the first one wins.
 */
@Module({})
export class LoggingModule implements NestModule {
  constructor(private readonly adapter: HttpAdapterHost) {}

  /** @param options.slowRequestMs requests that took this long get `slow: true`; 1000 when left out */
  static forRoot(logger: Logger, options: { slowRequestMs?: number } = {}): DynamicModule {
    const pinoHttp = requestLogOptions(logger, options.slowRequestMs ?? 1000);
    // nestjs-pino's default route never matches on Fastify without a global prefix.
    const lines = LoggerModule.forRoot({ pinoHttp, forRoutes: ['/', '*path'] });
    return {
      module: LoggingModule,
      global: true,
      imports: [lines],
      providers: [NestLogger],
      exports: [LoggerModule, NestLogger],
    };
  }

  /** Runs before the routes are registered; hooks added later would not hold for them. */
  configure(): void {
    const fastify: Hooks | undefined = this.adapter.httpAdapter?.getInstance();
    // The body arrives through events of the socket, which belong to no request: so the context is entered again.
    for (const hook of ['onRequest', 'preValidation'] as const) {
      fastify?.addHook(hook, (request, reply, done) =>
        withContext(openRequest(request.raw, reply.raw), done),
      );
    }
  }
}
