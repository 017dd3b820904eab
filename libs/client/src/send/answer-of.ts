import { ApiError } from '../errors.js';
import type { Problem } from '../types.js';
import type { Answer } from './exchange.js';
import { retryAfterOf } from './retry-delay.js';

interface Outcome<T> {
  data?: T;
  error?: unknown;
  response: Answer;
}

const etags = new WeakMap<object, string>();

/** The ETag that came with a thing when it was read by itself, for a later `If-Match`. */
export function etagOf(thing: object): string | undefined {
  return etags.get(thing);
}

/** The body of a good answer; throws an ApiError for any other. */
export async function answerOf<T>(call: Promise<Outcome<T>>): Promise<T> {
  const { data, error, response } = await call.catch((fault: unknown) => {
    if (fault instanceof SyntaxError) throw new ApiError(200, { detail: 'The answer is not JSON.' });
    throw fault;
  });
  if (!response.ok) {
    const problem = typeof error === 'object' && error !== null ? (error as Partial<Problem>) : {};
    const after = retryAfterOf(response.headers.get('retry-after'), Date.now());
    throw new ApiError(response.status, problem, after);
  }
  const etag = response.headers.get('etag');
  if (etag !== null && typeof data === 'object' && data !== null) etags.set(data, etag);
  return data as T;
}
