import type { Operation } from '#libs/client';
import { EXIT } from './exit-codes.js';

/** The command line, or a file that it names, is wrong; nothing was sent. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly code = 'usage';

  constructor(
    message: string,
    readonly hint = '',
  ) {
    super(message);
  }
}

/** An operation came to an end that was not asked for. */
export class OperationFailedError extends Error {
  override readonly name = 'OperationFailedError';
  readonly code: string;
  readonly hint: string;

  constructor(readonly operation: Operation) {
    const { error, kind, status, resources, reason } = operation;
    super(
      `${kind} of ${resources.map((it) => it.name).join(', ')} ${status}: ${error?.message || reason || 'no reason given'}`,
    );
    this.code = error?.code ?? status;
    this.hint = error?.hint ?? '';
  }
}

/** Everything was said already; only the exit code is left: one of ours, or that of a program in a guest. */
export class EndWith extends Error {
  override readonly name = 'EndWith';

  constructor(readonly exitCode: number) {
    super(`ends with ${exitCode}`);
  }
}

/** Ctrl-C. */
export class InterruptedError extends EndWith {
  constructor() {
    super(EXIT.interrupted);
  }
}
