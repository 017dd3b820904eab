import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { CLOCK, type Clock, type Timer } from '#libs/clock';
import type { ObserverConfig } from '#libs/config';
import { OBSERVER_CONFIG } from '../observer.tokens.js';
import { Repairer } from '../repair/repairer.js';
import { FleetView } from '../view/fleet-view.js';

/** Looks at every VM once an interval, for whatever no message named. */
@Injectable()
export class Sweep implements OnApplicationBootstrap, OnApplicationShutdown {
  private timer: Timer | undefined;
  private stopped = false;

  constructor(
    private readonly view: FleetView,
    private readonly repairer: Repairer,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(OBSERVER_CONFIG) private readonly config: Pick<ObserverConfig, 'observerInterval'>,
  ) {}

  onApplicationBootstrap(): void {
    this.next();
  }

  onApplicationShutdown(): void {
    this.stopped = true;
    this.timer?.cancel();
    this.repairer.stop();
  }

  async run(): Promise<void> {
    this.repairer.forgetOld();
    for (const vm of this.view.all()) await this.repairer.inspect(vm.hostId, vm.vmId);
  }

  private next(): void {
    this.timer = this.clock.setTimeout(() => {
      void this.run().finally(() => {
        if (!this.stopped) this.next();
      });
    }, this.config.observerInterval);
  }
}
