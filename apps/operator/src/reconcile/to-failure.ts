import type { Failure } from '#libs/contracts';
import { isErrorCode, VmanError } from '#libs/errors';
import { QmpClosedError, QmpError, QmpTimeoutError } from '#libs/qemu';

/** A wait was cut short, or the ground moved: look again and plan anew. Nothing failed. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

/** Does this error only mean that the plan no longer fits what is there? */
export function isInterruption(error: unknown): boolean {
  return error instanceof Interrupted || error instanceof QmpClosedError || error instanceof QmpTimeoutError;
}

/** What stopped a step, as a code that everybody knows. */
export function toFailure(error: unknown): Failure {
  if (error instanceof VmanError) return { code: error.code, message: error.message };
  if (error instanceof QmpError) {
    const code = error.errorClass === 'PortInUse' ? 'port_in_use' : 'hypervisor_error';
    return { code, message: error.desc };
  }
  const errno = (error as NodeJS.ErrnoException).code;
  if (errno === 'ENOSPC' || errno === 'EDQUOT') {
    return { code: 'storage_full', message: 'The storage of the host is full.' };
  }
  if (errno === 'ENOMEM' || errno === 'EAGAIN') {
    return { code: 'insufficient_memory', message: 'The host has no memory for another process.' };
  }
  return { code: 'internal', message: 'A fault inside the operator; its log has the details.' };
}

/** The failure as an error again; an unknown code of a newer peer counts as internal. */
export function toError(code: string, message: string): VmanError {
  return new VmanError(isErrorCode(code) ? code : 'internal', message);
}
