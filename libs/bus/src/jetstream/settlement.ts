import type { JsMsg } from '@nats-io/jetstream';
import type { Settlement } from './jetstream-context.js';

/** A third of the server's ack time. */
const WORKING_EVERY_MS = 10_000;

export interface FullSettlement extends Settlement {
  term(): void;
  /** The handler ended: say no more that it works. */
  end(): void;
}

/**
 * Answers one message once, and only while `mayAnswer` holds. Until it is answered, the server is told that the
 * handler works, so that a slow one (its database is away) is not given the same message a second time.
 */
export function settlementOf(message: JsMsg, mayAnswer: () => boolean): FullSettlement {
  let settled = false;
  const working = () => {
    if (!settled && mayAnswer()) message.working();
  };
  const timer = setInterval(working, WORKING_EVERY_MS);
  timer.unref();
  const once = (answer: () => void) => {
    clearInterval(timer);
    if (settled || !mayAnswer()) return;
    settled = true;
    answer();
  };
  return {
    ack: () => once(() => message.ack()),
    nak: (delayMs) => once(() => message.nak(delayMs)),
    // Without a reason: 2.9 ignores a term that gives one.
    term: () => once(() => message.term()),
    working,
    end: () => clearInterval(timer),
  };
}
