import { Logger } from '@nestjs/common';
import type { Clock, Timer } from '#libs/clock';

export interface SweepOptions {
  clock: Clock;
  /** From the end of one to the start of the next. */
  everyMs: number;
  /** What is swept, for the log. */
  of: string;
}

/** Work that is done again and again, one sweep after the other; one that fails is logged and done again. */
export abstract class Sweep {
  protected readonly logger = new Logger(this.constructor.name);
  private timer: Timer | undefined;
  private working: Promise<void> = Promise.resolve();
  private ended = false;

  constructor(private readonly options: SweepOptions) {}

  abstract sweep(): Promise<void>;

  /** The first sweep comes after `inMs`. */
  start(inMs = this.options.everyMs): void {
    if (this.ended) return;
    this.timer = this.options.clock.setTimeout(() => {
      this.working = this.sweep()
        .catch((error) => this.logger.warn({ err: error }, `the sweep of ${this.options.of} failed`))
        .finally(() => this.start());
    }, inMs);
  }

  /** Waits for the one that is at work; none comes after it. */
  async stop(): Promise<void> {
    this.ended = true;
    this.timer?.cancel();
    await this.working;
  }

  /** A sweep of many things ends early then. */
  protected get stopped(): boolean {
    return this.ended;
  }
}
