import type { Failure } from '#libs/contracts';
import { GuestAgentError, GuestAgentUnavailableError, GuestProgramRunsError } from '#libs/qemu';
import { toFailure } from '../reconcile/to-failure.js';

const MAX_WORDS = 500;

/** What kept a guest from answering, as a code that everybody knows. Pure. */
export function guestFailure(error: unknown): Failure {
  if (error instanceof GuestAgentError) {
    return { code: 'guest_refused', message: `The guest's agent refused: ${error.desc.slice(0, MAX_WORDS)}` };
  }
  if (error instanceof GuestAgentUnavailableError) {
    return {
      code: 'guest_agent_unavailable',
      message: `The guest's agent did not answer (${error.message}).`,
    };
  }
  if (error instanceof GuestProgramRunsError) {
    const message = `The program was not over in time; it goes on in the guest as process ${error.pid}.`;
    return { code: 'deadline_exceeded', message };
  }
  return toFailure(error);
}
