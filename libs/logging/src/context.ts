import { AsyncLocalStorage } from 'node:async_hooks';

/** What a piece of work belongs to; it is on every line logged inside it and travels in NATS headers. */
export interface LogContext {
  requestId?: string;
  operationId?: string;
  vmId?: string;
  hostId?: string;
  /** W3C Trace Context, as received. */
  traceparent?: string;
}

const storage = new AsyncLocalStorage<Readonly<LogContext>>();
const NOTHING: Readonly<LogContext> = Object.freeze({});

/** Runs `fn`, and all that it starts, with these ids added to those that hold already. */
export function withContext<T>(context: LogContext, fn: () => T): T {
  return storage.run(Object.freeze({ ...storage.getStore(), ...context }), fn);
}

/** The ids that hold here. */
export function currentContext(): Readonly<LogContext> {
  return storage.getStore() ?? NOTHING;
}
