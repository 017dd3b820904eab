/** The ids by which one request is followed through all services, carried in message headers. */
import { headers, type MsgHdrs } from '@nats-io/transport-node';
import { currentContext, withContext } from '#libs/logging';

const HEADER_OF = {
  requestId: 'Vman-Request-Id',
  operationId: 'Vman-Operation-Id',
  traceparent: 'traceparent',
} as const;
type Carried = keyof typeof HEADER_OF;
const CARRIED = Object.keys(HEADER_OF) as Carried[];
/** Foreign text reaches each log line through these, so it must be short and plain. */
const PLAIN = /^[\w.:-]{1,128}$/;

export function headersOfContext(): MsgHdrs {
  const context = currentContext();
  const result = headers();
  for (const key of CARRIED) {
    const value = context?.[key];
    if (value && PLAIN.test(value)) result.set(HEADER_OF[key], value);
  }
  return result;
}

/** Runs `fn` in the context that the headers carry. */
export function inContextOf<T>(from: MsgHdrs | undefined, fn: () => T): T {
  const context: Partial<Record<Carried, string>> = {};
  for (const key of CARRIED) {
    const value = from?.get(HEADER_OF[key]);
    if (value && PLAIN.test(value)) context[key] = value;
  }
  return withContext(context, fn);
}

/** Plain copy for handlers, which do not know the client's header type. */
export function plainHeaders(from: MsgHdrs | undefined): Record<string, string> {
  const result: Record<string, string> = {};
  for (const key of from?.keys() ?? []) result[key] = from?.get(key) ?? '';
  return result;
}
