import type { Ground } from './ground/ground.js';
import type { Random } from './random.js';

/** One thing that goes wrong. It is over, and everything is there again, when `happen` resolves. */
export interface Fault {
  /** Its place in the catalogue: A processes, B network, D storage, E messages, F hosts, H people. */
  id: string;
  name: string;
  /** Whether QEMU processes may end by it; otherwise none may. */
  endsGuests?: true;
  /** Only where the storage of a host can be a disk of its own. */
  needs?: 'host-disk';
  /** Longer than some seconds: not in the short set. */
  long?: true;
  /** Gives what exactly was done, for the history. Throws when a promise of its own did not hold. */
  happen(ground: Ground, random: Random): Promise<string>;
}
