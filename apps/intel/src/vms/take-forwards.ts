import { randomInt } from 'node:crypto';
import type { PortRange, Tx } from '../db-operator/index.js';
import type { WantedForward } from './plan-parts.js';

/** Takes the ports; those that name none get a free one of the range. */
export async function takeForwards(tx: Tx, wanted: WantedForward[], range: PortRange): Promise<void> {
  for (const forward of wanted) {
    const { hostPort, ...rest } = forward;
    // Beginning anywhere keeps creates that run at the same time from waiting for each other.
    const from = randomInt(range.first, range.last + 1);
    if (hostPort === undefined) await tx.forwards.takeAny(rest, range, from);
    else await tx.forwards.take({ ...rest, hostPort });
  }
}
