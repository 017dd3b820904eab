/**
 * Does something while the guest holds its file systems still. The guest is thawed right afterwards; if this operator
 * dies before that, the keeper of the freeze thaws it. A freeze that somebody else asked for is used and left as it is.
 */
import { VmanError } from '#libs/errors';
import type { Host } from '../host.js';
import { toError } from '../reconcile/to-failure.js';
import type { LiveProcess } from '../runtime/live-process.js';
import { guestFailure } from './guest-failure.js';

/** An agent that does not answer a ping for so long counts as absent. */
const SIGN_OF_LIFE_MS = 5_000;

export interface FreezeWish {
  freeze: boolean;
  /** Fail without it, rather than go on with a guest that writes. */
  freezeRequired: boolean;
  /** For the guest to hold still, and again for the work. */
  freezeTimeoutMs: number;
}

export type Stillness = 'frozen' | 'crash-consistent';

/** Throws what kept the guest from freezing when that is required, and what the work throws. */
export async function whileFrozen(
  { host, live, attempt }: { host: Host; live: LiveProcess; attempt: number },
  wish: FreezeWish,
  work: () => Promise<void>,
): Promise<Stillness> {
  const { freezes } = live.guest;
  // In a second attempt it is the freeze of the first one.
  const foreign = freezes.untilMs > 0 && attempt === 1;
  const thawsAtMs = foreign ? freezes.untilMs : await freeze(host, live, wish);
  try {
    await work();
  } finally {
    if (!foreign && freezes.untilMs > 0) {
      // The keeper goes on trying.
      await freezes.thaw().catch((error) => {
        host.logger.warn({ err: error }, 'a guest was not thawed at once');
      });
    }
  }
  if (thawsAtMs > host.clock.now()) return 'frozen';
  if (thawsAtMs === 0 || !wish.freezeRequired) return 'crash-consistent';
  throw new VmanError('deadline_exceeded', 'The guest was thawed before it was done.');
}

/** When it ends, in Unix ms; 0 when the guest is not frozen and need not be. */
async function freeze(host: Host, live: LiveProcess, wish: FreezeWish): Promise<number> {
  if (!wish.freeze) return 0;
  const { guest } = live;
  const timeoutMs = wish.freezeTimeoutMs;
  try {
    if (guest.freezes.untilMs > 0) await guest.freezes.thaw();
    await guest.agent(Math.min(timeoutMs, SIGN_OF_LIFE_MS));
    return (await guest.freezes.freeze(2 * timeoutMs, timeoutMs)).thawsAtMs;
  } catch (error) {
    const { code, message } = guestFailure(error);
    if (wish.freezeRequired) throw toError(code, message);
    host.logger.info({ code, message }, 'the guest was not frozen; going on without');
    return 0;
  }
}
