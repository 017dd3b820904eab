import { ApiError } from '../errors.js';
import type { Problem } from '../types.js';
import { retryAfterOf } from './retry-delay.js';

interface Outcome<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** The body of a good answer; throws an ApiError for any other. */
export async function answerOf<T>(call: Promise<Outcome<T>>): Promise<T> {
  return (await taggedAnswerOf(call)).body;
}

/** The same with the ETag, for a later `If-Match`. */
export async function taggedAnswerOf<T>(call: Promise<Outcome<T>>): Promise<{ body: T; etag?: string }> {
  const { data, error, response } = await call.catch((fault: unknown) => {
    if (fault instanceof SyntaxError) throw new ApiError(200, { detail: 'The answer is not JSON.' });
    throw fault;
  });
  if (!response.ok) {
    const problem = typeof error === 'object' && error !== null ? (error as Partial<Problem>) : {};
    const after = retryAfterOf(response.headers.get('retry-after'), Date.now());
    throw new ApiError(response.status, problem, after);
  }
  return { body: data as T, etag: response.headers.get('etag') ?? undefined };
}
