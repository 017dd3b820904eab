/** How a handler's refusal travels back to the one who asked: two headers and no body. */
import { errors, headers, type Msg, type MsgHdrs } from '@nats-io/transport-node';
import { isErrorCode, VmanError } from '#libs/errors';
import { BusUnavailable, NoReply } from '../errors.js';

const CODE_HEADER = 'Vman-Error-Code';
const MESSAGE_HEADER = 'Vman-Error-Message';

/** A VmanError keeps its code and message; anything else is `internal` and tells nothing. */
export function errorReplyHeaders(error: unknown): MsgHdrs {
  const result = headers();
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  const known = typeof code === 'string' && isErrorCode(code) && typeof message === 'string';
  result.set(CODE_HEADER, known ? code : 'internal');
  result.set(MESSAGE_HEADER, known ? message.replaceAll(/[\r\n]+/g, ' ') : 'the request failed');
  return result;
}

export function throwErrorReply(reply: Msg): void {
  const code = reply.headers?.get(CODE_HEADER);
  if (!code) return;
  throw new VmanError(isErrorCode(code) ? code : 'internal', reply.headers?.get(MESSAGE_HEADER) ?? '');
}

/** What a request without a reply means to its caller. */
export function errorOfRequest(error: unknown, subject: string): Error {
  const doing = `ask ${subject}`;
  if (error instanceof errors.NoRespondersError) return new NoReply('nobody-listens', subject, error);
  if (error instanceof errors.RequestError && error.isNoResponders()) {
    return new NoReply('nobody-listens', subject, error);
  }
  if (error instanceof errors.TimeoutError) return new NoReply('timeout', subject, error);
  if (error instanceof errors.ClosedConnectionError) return new BusUnavailable('closed', doing, error);
  return new BusUnavailable('disconnected', doing, error);
}
