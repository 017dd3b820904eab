import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { CLOCK, type Clock, type Timer } from '#libs/clock';
import type { ObserverConfig } from '#libs/config';
import { Liveness } from '#libs/health';
import { histogram } from '#libs/metrics';
import { DriftKeeper } from '../drift/drift-keeper.js';
import { Inspector } from '../inspect/inspector.js';
import { Leadership } from '../leader/leadership.js';
import { OBSERVER_CONFIG } from '../observer.tokens.js';
import { DesiredReader } from '../view/desired-reader.js';

/** A sweep of a large fleet takes seconds. */
const STUCK_MS = 120_000;

/** Looks at everything once an interval, for whatever no message named, and at once when the lead or a pause changes. */
@Injectable()
export class Sweep implements OnApplicationBootstrap, OnApplicationShutdown {
  private timer: Timer | undefined;
  private stopped = false;
  private running: Promise<void> | undefined;
  private wanted = false;
  private readonly turned: () => void;
  private readonly seconds = histogram({
    name: 'vman_observer_sweep_seconds',
    help: 'How long it took to look at everything.',
    buckets: [0.001, 0.01, 0.05, 0.1, 0.5, 1, 5, 30],
  });

  constructor(
    private readonly inspector: Inspector,
    private readonly lead: Leadership,
    private readonly desired: DesiredReader,
    private readonly keeper: DriftKeeper,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(OBSERVER_CONFIG) private readonly config: Pick<ObserverConfig, 'observerInterval'>,
    @Inject(Liveness) liveness: Liveness,
  ) {
    this.turned = liveness.watch('sweep', config.observerInterval + STUCK_MS);
  }

  onApplicationBootstrap(): void {
    this.lead.onNews(() => void this.run());
    this.desired.onRead(() => {
      // What lost the desired state may have lost what was told, too.
      this.keeper.tellAllAgain();
      void this.run();
    });
    this.next();
  }

  onApplicationShutdown(): void {
    this.stopped = true;
    this.timer?.cancel();
    this.inspector.stop();
  }

  /** One after the other; what is asked for meanwhile is one more. */
  async run(): Promise<void> {
    this.wanted = true;
    this.running ??= this.sweep().finally(() => {
      this.running = undefined;
    });
    await this.running;
  }

  private async sweep(): Promise<void> {
    while (this.wanted && !this.stopped) {
      this.wanted = false;
      const stop = this.seconds.startTimer();
      await this.inspector.inspectAll();
      stop();
    }
  }

  private next(): void {
    this.turned();
    this.timer = this.clock.setTimeout(() => {
      void this.run().finally(() => {
        if (!this.stopped) this.next();
      });
    }, this.config.observerInterval);
  }
}
