import { ApiError, UnreachableError, WaitTimeoutError } from '#libs/client';
import { EndWith, OperationFailedError, UsageError } from './errors.js';
import { EXIT, type ExitCode } from './exit-codes.js';

export function exitCodeOf(error: unknown): number {
  if (error instanceof EndWith) return error.exitCode;
  if (error instanceof UsageError) return EXIT.usage;
  if (error instanceof OperationFailedError) return EXIT.failed;
  if (error instanceof UnreachableError) return EXIT.unreachable;
  if (error instanceof WaitTimeoutError) return EXIT.timeout;
  if (error instanceof ApiError) return ofStatus(error);
  return EXIT.fault;
}

function ofStatus({ status, code }: ApiError): ExitCode {
  if (code === 'deadline_exceeded') return EXIT.timeout;
  switch (status) {
    case 401:
    case 403:
      return EXIT.denied;
    case 404:
      return EXIT.notFound;
    case 429:
    case 503:
      return EXIT.unreachable;
    default:
      return EXIT.refused;
  }
}
