/** The agent answered with an error; `desc` are the guest's words, not to be trusted. */
export class GuestAgentError extends Error {
  override readonly name = 'GuestAgentError';

  constructor(
    readonly command: string,
    readonly errorClass: string,
    readonly desc: string,
  ) {
    super(`${command}: ${desc}`);
  }
}

/** A program was not over within its time limit; it goes on in the guest. */
export class GuestProgramRunsError extends Error {
  override readonly name = 'GuestProgramRunsError';

  constructor(
    readonly pid: number,
    timeoutMs: number,
  ) {
    super(`guest-exec: the program ${pid} runs longer than ${timeoutMs} ms`);
  }
}

/** No sound answer: the agent is not installed, not started, or busy; or the channel is gone. */
export class GuestAgentUnavailableError extends Error {
  override readonly name = 'GuestAgentUnavailableError';

  constructor(
    readonly command: string,
    why: string,
    cause?: unknown,
  ) {
    super(`${command}: ${why}`, { cause });
  }
}
