import { VmanError } from '#libs/errors';

/** The bus, or the stream that should have taken the message, is away. Nothing is known of the message's fate. */
export class BusUnavailable extends VmanError {
  constructor(
    readonly reason: 'disconnected' | 'closed' | 'no-stream' | 'refused' | 'timeout',
    doing: string,
    cause?: unknown,
  ) {
    super('unavailable', `The bus did not take it (${reason}): ${doing}.`, { cause });
  }
}

/** A request got no reply: nobody listens on the subject, or not in time. */
export class NoReply extends VmanError {
  constructor(
    readonly reason: 'nobody-listens' | 'timeout',
    readonly subject: string,
    cause?: unknown,
  ) {
    super('host_unreachable', `No reply from ${subject} (${reason}).`, { cause });
  }
}

/** The newest message of the subject is not the one the publisher knew of; nothing was stored. */
export class WrongSequence extends Error {
  override readonly name = 'WrongSequence';

  constructor(
    readonly subject: string,
    readonly expected: number,
    /** What the server named, when it did. */
    readonly actual: number | undefined,
  ) {
    super(`${subject} is at sequence ${actual ?? 'unknown'}, expected ${expected}`);
  }
}
