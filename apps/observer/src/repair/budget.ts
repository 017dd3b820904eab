import type { Clock } from '#libs/clock';

/** At most so many a minute, with a minute's worth to begin with. */
export class Budget {
  private left: number;
  private countedAt: number;

  constructor(
    private readonly clock: Clock,
    readonly perMinute: number,
  ) {
    this.left = perMinute;
    this.countedAt = clock.monotonic();
  }

  /** How much of the whole is left, 0 to 1. */
  get share(): number {
    this.refill();
    return this.left / this.perMinute;
  }

  get exhausted(): boolean {
    this.refill();
    return this.left < 1;
  }

  take(): void {
    this.refill();
    this.left = Math.max(0, this.left - 1);
  }

  private refill(): void {
    const now = this.clock.monotonic();
    this.left = Math.min(this.perMinute, this.left + ((now - this.countedAt) * this.perMinute) / 60_000);
    this.countedAt = now;
  }
}
