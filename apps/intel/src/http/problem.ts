import { HttpException } from '@nestjs/common';
import type { ProblemView } from '#libs/contracts/http';
import { ERROR_CODES, VmanError } from '#libs/errors';

/** What goes wrong before a route is reached, by the status that Fastify or Nest gives it. */
function ofStatus(status: number): VmanError | undefined {
  switch (status) {
    // Files of the documentation that are outside of their folder.
    case 403:
    case 404:
      return new VmanError('not_found', 'There is no such route.');
    case 405:
      return new VmanError('method_not_allowed', 'There is no such method here.');
    case 413:
      return new VmanError('payload_too_large', 'The body is larger than 1 MiB.');
    case 415:
      return new VmanError('unsupported_media_type', 'The body is not application/json.');
    case 400:
      return new VmanError('invalid_json', 'The body could not be parsed as JSON.');
    default:
      return undefined;
  }
}

/** Every fault as a VmanError; what nobody foresaw becomes `internal` and says nothing. */
export function asKnownError(error: unknown): VmanError {
  if (error instanceof VmanError) return error;
  const status =
    error instanceof HttpException
      ? error.getStatus()
      : (error as { statusCode?: number } | null)?.statusCode;
  const known = status === undefined ? undefined : ofStatus(status);
  return known ?? new VmanError('internal', 'Something went wrong inside VMAN.', { cause: error });
}

/** RFC 9457; without paths, SQL or stacks. */
export function problemOf(error: VmanError, instance: string, requestId: string): ProblemView {
  const info = ERROR_CODES[error.code];
  return {
    type: `urn:vman:error:${error.code}`,
    title: info.title,
    status: info.status,
    detail: error.message,
    instance,
    code: error.code,
    retryable: info.retryable,
    hint: error.hint,
    requestId,
    ...(error.fields.length > 0 ? { errors: error.fields } : {}),
  };
}
