import { VmanError } from '#libs/errors';

const UNIQUE_VIOLATION = '23505';
const SERIALIZATION_FAILURE = '40001';
const DEADLOCK = '40P01';

function sqlState(error: unknown): string {
  const code = (error as { code?: unknown; driverError?: { code?: unknown } } | null)?.code;
  return typeof code === 'string' ? code : '';
}

/** Two transactions met; the same work can succeed when it is done again. */
export function mayRepeat(error: unknown): boolean {
  return [SERIALIZATION_FAILURE, DEADLOCK].includes(sqlState(error));
}

/** The database itself is away, starting or going down, or its connection broke between two statements. */
export function isAway(error: unknown): boolean {
  const code = sqlState(error);
  return (
    code.startsWith('08') ||
    code.startsWith('57P') ||
    code === '53300' ||
    ['ECONNREFUSED', 'ECONNRESET', 'ENOENT', 'EPIPE', 'ETIMEDOUT'].includes(code) ||
    (error instanceof Error &&
      /connection terminated|not queryable|already released|timeout exceeded when trying to connect/i.test(
        error.message,
      ))
  );
}

/** What the caller can be told; undefined for a fault of our own. */
export function asVmanError(error: unknown): VmanError | undefined {
  if (error instanceof VmanError) return error;
  if (isAway(error)) {
    return new VmanError('unavailable', 'The database is away.', { retryAfterSeconds: 2, cause: error });
  }
  if (mayRepeat(error)) return new VmanError('conflict', 'Another change was faster.', { cause: error });
  if (sqlState(error) === UNIQUE_VIOLATION) {
    return new VmanError('already_exists', 'A resource with this name exists already.', { cause: error });
  }
  return undefined;
}
