import type { DryRun, FieldFault, Operation, Problem } from './types.js';

/** The API answered with a problem; `code` is one of docs/ERRORS.md, or of a newer server. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: string;
  readonly hint: string;
  readonly retryable: string;
  /** All faulty fields at once. */
  readonly fields: readonly FieldFault[];
  /** By it the log lines of all services are found. */
  readonly requestId: string | undefined;

  constructor(
    readonly status: number,
    problem: Partial<Problem>,
    readonly retryAfterSeconds?: number,
  ) {
    super(problem.detail || problem.title || `The answer has status ${status}.`);
    this.code = problem.code ?? 'unexpected_answer';
    this.hint = problem.hint ?? 'Check that the URL is that of a VMAN API.';
    this.retryable = problem.retryable ?? 'after_change';
    this.fields = problem.errors ?? [];
    this.requestId = problem.requestId;
  }
}

/** Thrown by a client with `dryRun` in the place of the answer to a change: what the change would do. */
export class TriedError extends Error {
  override readonly name = 'TriedError';

  constructor(readonly outcome: DryRun) {
    super('The change was only tried.');
  }
}

/** No answer came, also after the retries. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError';
  readonly code = 'unreachable';
  readonly hint = 'Check the URL, and whether the API is running there.';

  constructor(
    readonly url: string,
    cause: unknown,
  ) {
    super(`There is no answer from ${url} (${reasonOf(cause)}).`, { cause });
  }
}

/** The caller's own time limit for a wait passed; the work goes on. */
export class WaitTimeoutError extends Error {
  override readonly name = 'WaitTimeoutError';
  readonly code = 'wait_timeout';
  readonly hint = 'The work goes on; wait again, or look at the operation.';

  constructor(
    what: string,
    readonly operation?: Operation,
  ) {
    super(`${what} did not happen within the time limit.`);
  }
}

/** The words of the deepest cause: `fetch failed` alone says nothing. */
function reasonOf(error: unknown): string {
  const { cause, message, code } = (error ?? {}) as { cause?: unknown; message?: string; code?: string };
  if (cause !== undefined) return reasonOf(cause);
  return message || code || String(error);
}
