import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { LogContext } from './context.js';
import { isTraceparent, newTraceparent } from './traceparent.js';

/** Harmless in logs, headers and file names, and long enough for an id of any origin. */
const REQUEST_ID = /^[A-Za-z0-9._:-]{1,128}$/;

const known = new WeakMap<IncomingMessage, RequestContext>();

export type RequestContext = Readonly<LogContext & { requestId: string; traceparent: string }>;

/**
 * The ids of a request: the caller's X-Request-Id and traceparent when they are harmless, else new ones. Always the
 * same for the same request, wherever it is asked for.
 */
export function contextOfRequest(req: IncomingMessage): RequestContext {
  const before = known.get(req);
  if (before !== undefined) return before;
  const { 'x-request-id': given, traceparent: traced } = req.headers;
  const requestId = typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
  const traceparent = isTraceparent(traced) ? traced : newTraceparent();
  const context = Object.freeze({ requestId, traceparent });
  known.set(req, context);
  return context;
}

/** What a request turned out to be about; its line in the log says so. */
export function addToRequest(
  req: IncomingMessage,
  ids: Pick<LogContext, 'operationId' | 'vmId' | 'hostId'>,
): void {
  known.set(req, Object.freeze({ ...contextOfRequest(req), ...ids }));
}

/** The same, and the response says the request id. */
export function openRequest(req: IncomingMessage, res: ServerResponse): RequestContext {
  const context = contextOfRequest(req);
  if (!res.headersSent) res.setHeader('X-Request-Id', context.requestId);
  return context;
}
