import { randomInt } from 'node:crypto';
import { freePort } from '../provision/port.mjs';

const COUNT = 4;
/** Below the ports that Linux gives to outgoing connections. */
const [LOWEST, HIGHEST] = [29_100, 29_900];

export function pickPort(preferred) {
  return freePort(preferred);
}

/** Docker listens on all ports of a published range at once, so all must be free. */
export async function pickForwardPorts() {
  for (;;) {
    const first = randomInt(LOWEST, HIGHEST);
    const wanted = Array.from({ length: COUNT }, (_, offset) => first + offset);
    const free = await Promise.all(wanted.map(async (port) => (await freePort(port)) === port));
    if (free.every(Boolean)) return `${first}-${first + COUNT - 1}`;
  }
}
