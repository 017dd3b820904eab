import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { Bus } from '#libs/bus';
import { CLOCK, type Clock } from '#libs/clock';
import { beaconCodec, subjects } from '#libs/contracts';
import { TIMERS } from '#libs/domain';

/** Listens for the observer's sign of life. */
@Injectable()
export class ObserverSeen implements OnApplicationBootstrap {
  private heardAt: number | undefined;

  constructor(
    @Inject(Bus) private readonly bus: Bus,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  onApplicationBootstrap(): void {
    this.bus.subscribe(subjects.beacon, beaconCodec, () => {
      this.heardAt = this.clock.monotonic();
    });
  }

  look(): { ok: boolean; message: string } {
    if (this.heardAt === undefined) return { ok: false, message: 'not heard of yet' };
    const silence = this.clock.monotonic() - this.heardAt;
    const seconds = (silence / 1000).toFixed(1);
    return { ok: silence < TIMERS.beaconLost, message: `heard ${seconds} s ago` };
  }
}
