import { JetStreamApiCodes, JetStreamApiError } from '@nats-io/jetstream';
import { errors } from '@nats-io/transport-node';
import { BusUnavailable, WrongSequence } from './errors.js';

const WRONG_SEQUENCE_CODES: readonly number[] = [
  JetStreamApiCodes.StreamWrongLastSequence,
  JetStreamApiCodes.StreamWrongLastSequenceUnknown,
];

/** What a failed durable publish means to its caller. */
export function errorOfPublish(error: unknown, subject: string, expected: number | undefined): Error {
  const doing = `publish on ${subject}`;
  if (error instanceof JetStreamApiError) {
    if (expected !== undefined && WRONG_SEQUENCE_CODES.includes(error.code)) {
      const actual = /wrong last sequence: (\d+)/.exec(error.message)?.[1];
      return new WrongSequence(subject, expected, actual === undefined ? undefined : Number(actual));
    }
    return new BusUnavailable('refused', doing, error);
  }
  if (isNoResponders(error) || isNoResponders((error as Error).cause))
    return new BusUnavailable('no-stream', doing, error);
  if (error instanceof errors.TimeoutError) return new BusUnavailable('timeout', doing, error);
  if (error instanceof errors.ClosedConnectionError) return new BusUnavailable('closed', doing, error);
  return new BusUnavailable('disconnected', doing, error);
}

function isNoResponders(error: unknown): boolean {
  if (error instanceof errors.NoRespondersError) return true;
  return error instanceof errors.RequestError && error.isNoResponders();
}
