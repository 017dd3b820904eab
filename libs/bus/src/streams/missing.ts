import { JetStreamApiCodes, JetStreamApiError } from '@nats-io/jetstream';

const MISSING: readonly number[] = [
  JetStreamApiCodes.StreamNotFound,
  JetStreamApiCodes.ConsumerNotFound,
  JetStreamApiCodes.NoMessageFound,
];

/** undefined when the server says that the stream, consumer or message is not there. */
export async function unlessMissing<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return (await asked) ?? undefined;
  } catch (error) {
    if (error instanceof JetStreamApiError && MISSING.includes(error.code)) return undefined;
    throw error;
  }
}
