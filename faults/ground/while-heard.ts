import { setTimeout as pause } from 'node:timers/promises';
import { TIMERS } from '#libs/domain';
import type { StackHost } from '../../test/e2e/stack/stack.js';
import type { Ground } from './ground.js';

const EVERY_MS = 200;

/** Does the work, and throws when the host was silent meanwhile for as long as makes its VMs unknown. */
export async function whileHeard<T>({ tap }: Ground, host: StackHost, work: () => Promise<T>): Promise<T> {
  let over = false;
  let silent = false;
  const watch = async () => {
    while (!over) {
      silent ||= !tap.heardWithin(host.id, TIMERS.hostUnknown, performance.now());
      await pause(EVERY_MS);
    }
  };
  const watching = watch();
  try {
    const result = await work();
    if (silent) throw new Error(`${host.name} was not heard for ${TIMERS.hostUnknown} ms`);
    return result;
  } finally {
    over = true;
    await watching;
  }
}
