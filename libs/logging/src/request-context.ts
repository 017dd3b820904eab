import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { LogContext } from './context.js';

/** Harmless in logs, headers and file names, and long enough for an id of any origin. */
const REQUEST_ID = /^[A-Za-z0-9._:-]{1,128}$/;
const TRACEPARENT = /^[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

const known = new WeakMap<IncomingMessage, RequestContext>();

export type RequestContext = Readonly<LogContext & { requestId: string }>;

/**
 * The ids of a request: the caller's X-Request-Id when it is harmless, else a new one. Always the same for the
 * same request, wherever it is asked for.
 */
export function contextOfRequest(req: IncomingMessage): RequestContext {
  const before = known.get(req);
  if (before !== undefined) return before;
  const { 'x-request-id': given, traceparent } = req.headers;
  const requestId = typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
  const traced = typeof traceparent === 'string' && TRACEPARENT.test(traceparent);
  const context = Object.freeze(traced ? { requestId, traceparent } : { requestId });
  known.set(req, context);
  return context;
}

/** The same, and the response says the request id. */
export function openRequest(req: IncomingMessage, res: ServerResponse): RequestContext {
  const context = contextOfRequest(req);
  if (!res.headersSent) res.setHeader('X-Request-Id', context.requestId);
  return context;
}
