/** QEMU answered a command with an error. */
export class QmpError extends Error {
  override readonly name = 'QmpError';

  constructor(
    readonly command: string,
    /** `GenericError`, `CommandNotFound`, `DeviceNotFound`, ... */
    readonly errorClass: string,
    readonly desc: string,
  ) {
    super(`${command}: ${desc}`);
  }
}

/** No answer came in time. The command may still be carried out: look before repeating it. */
export class QmpTimeoutError extends Error {
  override readonly name = 'QmpTimeoutError';

  constructor(
    readonly command: string,
    readonly timeoutMs: number,
  ) {
    super(`${command}: no answer within ${timeoutMs} ms`);
  }
}

/** QEMU took the connection but did not greet: another client holds this monitor, or QEMU is hung. */
export class QmpBusyError extends Error {
  override readonly name = 'QmpBusyError';

  constructor(readonly timeoutMs: number) {
    super(`The monitor did not greet within ${timeoutMs} ms: another client holds it, or QEMU hangs`);
  }
}

/** The connection is gone, or could not be made. */
export class QmpClosedError extends Error {
  override readonly name = 'QmpClosedError';

  constructor(
    message: string,
    readonly reason: QmpCloseReason,
    cause?: unknown,
  ) {
    super(message, { cause });
  }
}

/** `eof` and `reset`: QEMU ended or closed; `local`: `close()` was called; `unreachable`: never connected. */
export type QmpCloseReason = 'eof' | 'reset' | 'local' | 'unreachable';
