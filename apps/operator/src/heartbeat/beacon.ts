import type { Clock } from '#libs/clock';
import type { ObserverState, RepairPause } from '#libs/contracts';
import { TIMERS } from '#libs/domain';

/**
 * Whether an observer is there to decide on repairs. At the start it is given the benefit of the doubt. One that says
 * that restarts are not its matter now (it only observes, or it does not trust its own view) counts as none. The
 * pauses that it told are kept until they end by themselves, so that they hold without it too.
 */
export class BeaconWatch {
  private lastMs: number;
  private pauses: { pause: RepairPause; untilMs: number }[] = [];

  constructor(private readonly clock: Clock) {
    this.lastMs = clock.monotonic();
  }

  heard(state?: ObserverState): void {
    const now = this.clock.monotonic();
    if (state?.decides ?? true) this.lastMs = now;
    if (state) this.pauses = state.pauses.map((pause) => ({ pause, untilMs: now + pause.remainingMs }));
  }

  get alone(): boolean {
    return this.clock.monotonic() - this.lastMs > TIMERS.beaconLost;
  }

  paused(hostId: string, vmId: string): boolean {
    const now = this.clock.monotonic();
    return this.pauses.some(({ pause, untilMs }) => untilMs > now && covers(pause, hostId, vmId));
  }
}

function covers({ scope, scopeId }: RepairPause, hostId: string, vmId: string): boolean {
  switch (scope) {
    case 'fleet':
      return true;
    case 'host':
      return scopeId === hostId;
    case 'vm':
      return scopeId === vmId;
  }
}
