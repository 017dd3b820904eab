import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import type { Options } from 'pino-http';
import { contextOfRequest, openRequest } from './request-context.js';

/** Asked for every few seconds by machines; never logged. */
export const QUIET_PATHS: readonly string[] = ['/health', '/live', '/ready', '/metrics'];

/** One line a request when it is over; nothing of its headers, query or body. */
export function requestLogOptions(logger: Logger, slowRequestMs: number): Options {
  const nothing = () => undefined;
  return {
    logger,
    genReqId: (req, res) => openRequest(req, res).requestId,
    wrapSerializers: false,
    serializers: { req: nothing, res: nothing },
    autoLogging: { ignore: (req) => QUIET_PATHS.includes(pathOf(req)) },
    customLogLevel: (_req, res) => levelOf(res.statusCode),
    customSuccessMessage: endOf,
    customErrorMessage: endOf,
    customSuccessObject: (req, res, value) => line(req, res, value.responseTime, slowRequestMs),
    customErrorObject: (req, res, _error, value) => ({
      ...line(req, res, value.responseTime, slowRequestMs),
      ...(res.err === undefined ? {} : { err: res.err }),
    }),
  };
}

/** 500 is a bug that somebody must look at; other refusals of the server are named by their code. */
function levelOf(status: number): 'error' | 'warn' | 'info' {
  if (status === 500) return 'error';
  return status > 500 ? 'warn' : 'info';
}

function endOf(_req: IncomingMessage, res: ServerResponse): string {
  return res.writableFinished ? 'request completed' : 'request aborted';
}

function line(req: IncomingMessage, res: ServerResponse, durationMs: number, slowRequestMs: number): object {
  return {
    ...contextOfRequest(req),
    method: req.method,
    path: pathOf(req),
    status: res.statusCode,
    durationMs,
    remoteAddress: req.socket?.remoteAddress,
    ...(durationMs >= slowRequestMs ? { slow: true } : {}),
  };
}

/** Without the query, which may hold tickets. A middleware sees `url` without the part that led to it. */
function pathOf(req: IncomingMessage & { originalUrl?: string }): string {
  return (req.originalUrl ?? req.url ?? '').replace(/\?.*$/s, '');
}
