import type { Clock } from '#libs/clock';
import { TIMERS } from '#libs/domain';

/** Whether an observer is there to decide on repairs. At the start it is given the benefit of the doubt. */
export class BeaconWatch {
  private lastMs: number;

  constructor(private readonly clock: Clock) {
    this.lastMs = clock.monotonic();
  }

  heard(): void {
    this.lastMs = this.clock.monotonic();
  }

  get alone(): boolean {
    return this.clock.monotonic() - this.lastMs > TIMERS.beaconLost;
  }
}
