import { QueryFailedError } from 'typeorm';
import { VmanError } from '#libs/errors';
import { isStalePlan } from './prepared-client.js';
import { QUOTA_EXCEEDED, quotaRefusal } from './quota-refusal.js';

const UNIQUE_VIOLATION = '23505';
const SERIALIZATION_FAILURE = '40001';
const DEADLOCK = '40P01';
const EXCLUSION_VIOLATION = '23P01';
/** What was found was deleted before it was referred to: done again, it is not found. */
const FOREIGN_KEY_VIOLATION = '23503';

const MEETINGS = [SERIALIZATION_FAILURE, DEADLOCK, EXCLUSION_VIOLATION, FOREIGN_KEY_VIOLATION];

function sqlState(error: unknown): string {
  const code = (error as { code?: unknown; driverError?: { code?: unknown } } | null)?.code;
  return typeof code === 'string' ? code : '';
}

/** Done again, one that was asked for is refused with its own words, and a random one is another one. */
const hasTakenMac = (error: unknown) =>
  sqlState(error) === UNIQUE_VIOLATION &&
  (error as { driverError?: { constraint?: string } }).driverError?.constraint === 'nics_mac_key';

/** Two transactions met; the same work can succeed when it is done again. */
export function mayRepeat(error: unknown): boolean {
  return MEETINGS.includes(sqlState(error)) || hasTakenMac(error) || isStalePlan(error);
}

/** Also a name that is not known yet, as while a cluster comes up. */
const AWAY = [
  'ECONNREFUSED',
  'ECONNRESET',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOENT',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
];

/** The database itself is away, starting or going down, or its connection broke between two statements. */
export function isAway(error: unknown): boolean {
  const code = sqlState(error);
  return (
    code.startsWith('08') ||
    code.startsWith('57P') ||
    code === '53300' ||
    AWAY.includes(code) ||
    (error instanceof Error &&
      /connection terminated|not queryable|already released|timeout exceeded when trying to connect/i.test(
        error.message,
      ))
  );
}

/** The pool had none to give in time; a connection that could not be made says something else. */
const isBusy = (error: unknown) =>
  error instanceof Error && /timeout exceeded when trying to connect/.test(error.message);

/** What the caller can be told; undefined for a fault of our own. */
export function asVmanError(error: unknown): VmanError | undefined {
  if (error instanceof VmanError) return error;
  if (sqlState(error) === QUOTA_EXCEEDED) {
    const { detail } = (error as { driverError: { detail: string } }).driverError;
    return quotaRefusal(detail, error);
  }
  hideValues(error);
  if (isAway(error)) {
    const detail = isBusy(error) ? 'Every connection to the database is in use.' : 'The database is away.';
    return new VmanError('unavailable', detail, { retryAfterSeconds: 2, cause: error });
  }
  if (mayRepeat(error)) return new VmanError('conflict', 'Another change was faster.', { cause: error });
  if (sqlState(error) === UNIQUE_VIOLATION) {
    return new VmanError('already_exists', 'A resource with this name exists already.', { cause: error });
  }
  return undefined;
}

/** What was to be written may be a secret: the statement and its fault are enough for a log. */
function hideValues(error: unknown): void {
  if (!(error instanceof QueryFailedError)) return;
  const shown: object[] = [error, error.driverError];
  for (const each of shown) {
    for (const field of ['parameters', 'detail', 'where']) Reflect.deleteProperty(each, field);
  }
}
