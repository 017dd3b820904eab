import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock } from '#libs/clock';
import { TIMERS } from '#libs/domain';

/** A bus that is seeded anew is waited for at most so long: there may be no host to have a marker for. */
const SEEDING_MAX_MS = 60_000;

/**
 * When the view is too new for more than what a host itself told of a VM: some seconds after a start and after each
 * reconnect, and while the desired state is read or seeded anew.
 */
@Injectable()
export class Rest {
  private until: number;
  private seedingUntil = Number.NEGATIVE_INFINITY;

  constructor(@Inject(CLOCK) private readonly clock: Clock) {
    this.until = clock.monotonic() + TIMERS.observerGrace;
  }

  /** The desired state is read again from its beginning: the bus may have lost it. */
  beginReading(): void {
    this.seedingUntil = Number.POSITIVE_INFINITY;
    this.beginGrace();
  }

  /** All that lies on the bus was read; what was lost there is still to come. */
  readAll(): void {
    if (this.seedingUntil === Number.POSITIVE_INFINITY) {
      this.seedingUntil = this.clock.monotonic() + SEEDING_MAX_MS;
    }
    this.beginGrace();
  }

  /** Everything desired lay before this marker. */
  sawMarker(): void {
    this.seedingUntil = Number.NEGATIVE_INFINITY;
  }

  /** Absence of a desired state proves nothing now. */
  get seeding(): boolean {
    return this.clock.monotonic() < this.seedingUntil;
  }

  get resting(): boolean {
    return this.seeding || this.clock.monotonic() < this.until;
  }

  private beginGrace(): void {
    this.until = this.clock.monotonic() + TIMERS.observerGrace;
  }
}
