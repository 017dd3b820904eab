import type { Clock } from '#libs/clock';
import type { Database } from './database.js';
import type { Change } from './notify.js';

/**
 * Looks with `check` at once and after each change that `concerns` it, until it gives something or the time is over
 * (undefined). It never polls: what it waits for is announced, and a gap in hearing makes it look again.
 */
export async function waitForChange<T>(
  database: Database,
  clock: Clock,
  concerns: (change: Change) => boolean,
  check: () => Promise<T | undefined>,
  timeoutMs: number,
): Promise<T | undefined> {
  let over = database.closing.aborted;
  let wake = () => {};
  let missed = false;
  const ring = () => {
    missed = true;
    wake();
  };
  const listening = database.onChange((change) => (change === undefined || concerns(change)) && ring());
  const end = () => {
    over = true;
    ring();
  };
  const timer = clock.setTimeout(end, timeoutMs);
  database.closing.addEventListener('abort', end);
  try {
    for (;;) {
      missed = false;
      const found = await check();
      if (found !== undefined || over) return found;
      await new Promise<void>((resolve) => {
        wake = resolve;
        if (missed) resolve();
      });
    }
  } finally {
    listening.stop();
    timer.cancel();
    database.closing.removeEventListener('abort', end);
  }
}
