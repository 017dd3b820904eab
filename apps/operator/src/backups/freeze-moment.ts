import type { CreateBackup } from '#libs/contracts';
import { VmanError } from '#libs/errors';
import { guestFailure } from '../guest/guest-failure.js';
import type { GuestKeeper } from '../guest/guest-keeper.js';
import { toError } from '../reconcile/to-failure.js';
import type { LiveProcess } from '../runtime/live-process.js';

export interface CopyMoment {
  consistency: 'crash-consistent' | 'frozen' | 'off';
  /** Unix ms of the moment that the copies show. */
  atMs: number;
}

type Wish = Pick<CreateBackup, 'freeze' | 'freezeRequired' | 'freezeTimeoutMs'>;

/**
 * Runs `start` while the file systems of the guest stand still, if that is wished for and the guest's agent is able
 * to; the guest is thawed whatever happens, by the keeper of its freezes when not by us. Throws the agent's failure
 * only when there is to be no copy without it.
 */
export async function frozen(
  live: LiveProcess | undefined,
  wish: Wish,
  start: () => Promise<number>,
): Promise<CopyMoment> {
  if (!live) return { consistency: 'off', atMs: await start() };
  if (!wish.freeze) return { consistency: 'crash-consistent', atMs: await start() };
  const guest = await freeze(live, wish);
  if (!guest) return { consistency: 'crash-consistent', atMs: await start() };
  try {
    const atMs = await start();
    // A freeze that ended by its own time limit was over before the copies began.
    const held = guest.freezes.untilMs > 0;
    if (!held && wish.freezeRequired) {
      throw new VmanError('guest_refused', 'The guest was thawed before the copy began.');
    }
    return { consistency: held ? 'frozen' : 'crash-consistent', atMs };
  } finally {
    // What cannot be thawed now is tried again until it is.
    await guest.freezes.thaw().catch(() => undefined);
  }
}

async function freeze(live: LiveProcess, wish: Wish): Promise<GuestKeeper | undefined> {
  const { guest } = live;
  try {
    await guest.agent(wish.freezeTimeoutMs);
    await guest.freezes.freeze(wish.freezeTimeoutMs, wish.freezeTimeoutMs);
    return guest;
  } catch (error) {
    if (!wish.freezeRequired) return undefined;
    const { code, message } = guestFailure(error);
    throw toError(code, message);
  }
}
