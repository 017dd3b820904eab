import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { Bus } from '#libs/bus';
import { CLOCK, type Clock } from '#libs/clock';
import { type Beacon, beaconCodec, subjects } from '#libs/contracts';
import type { ObserverView } from '#libs/contracts/http';
import { TIMERS } from '#libs/domain';

/** Listens for the sign of life of the observer that leads, and for what it says of itself. */
@Injectable()
export class ObserverSeen implements OnApplicationBootstrap {
  private last: { beacon: Beacon; atMonotonicMs: number; atMs: number } | undefined;

  constructor(
    @Inject(Bus) private readonly bus: Bus,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  onApplicationBootstrap(): void {
    this.bus.subscribe(subjects.beacon, beaconCodec, (beacon) => {
      this.last = { beacon, atMonotonicMs: this.clock.monotonic(), atMs: this.clock.now() };
    });
  }

  look(): { ok: boolean; message: string } {
    if (!this.last) return { ok: false, message: 'not heard of yet' };
    const seconds = (this.silenceMs / 1000).toFixed(1);
    const lack = this.lack();
    return { ok: lack === undefined, message: lack ?? `heard ${seconds} s ago` };
  }

  /** Why nothing is mended centrally now; undefined when it is. */
  lack(): string | undefined {
    if (!this.last || this.silenceMs >= TIMERS.beaconLost) {
      return 'no observer is heard; hosts restart what crashed by themselves';
    }
    const { state } = this.last.beacon;
    if (state?.brakeReason) return `the brake of the observer is on: ${state.brakeReason}`;
    return state?.observeOnly ? 'the observer only observes' : undefined;
  }

  view(): ObserverView {
    const { beacon, atMs } = this.last ?? {};
    const state = beacon?.state;
    const heard = this.last !== undefined && this.silenceMs < TIMERS.beaconLost;
    return {
      heard,
      leaderId: beacon?.observerId,
      epoch: state?.epoch ?? 0,
      heardAt: atMs === undefined ? undefined : new Date(atMs).toISOString(),
      decides: heard && (state?.decides ?? true),
      observeOnly: state?.observeOnly ?? false,
      brake: Boolean(state?.brakeReason),
      brakeReason: state?.brakeReason || undefined,
      brakeSince: state?.brakeSinceMs ? new Date(state.brakeSinceMs).toISOString() : undefined,
      openDrifts: state?.openDrifts ?? 0,
      pauses: state?.pauses.length ?? 0,
    };
  }

  private get silenceMs(): number {
    return this.last ? this.clock.monotonic() - this.last.atMonotonicMs : Number.POSITIVE_INFINITY;
  }
}
