import { randomUUID } from 'node:crypto';
import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import type { BusPort } from '#libs/bus';
import { CLOCK, type Clock, type Timer } from '#libs/clock';
import { beaconCodec, subjects } from '#libs/contracts';
import { TIMERS } from '#libs/domain';
import { OBSERVER_BUS } from '../observer.tokens.js';
import { DesiredReader } from '../view/desired-reader.js';

/**
 * The sign of life by which operators leave restarts to the observer. It is silent until the desired state was read:
 * an observer that cannot decide yet must not keep the hosts from deciding.
 */
@Injectable()
export class BeaconSender implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly observerId = randomUUID();
  private timer: Timer | undefined;
  private stopped = false;

  constructor(
    @Inject(OBSERVER_BUS) private readonly bus: BusPort,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly desired: DesiredReader,
  ) {}

  onApplicationBootstrap(): void {
    this.beat();
  }

  onApplicationShutdown(): void {
    this.stopped = true;
    this.timer?.cancel();
  }

  private beat(): void {
    if (this.stopped) return;
    if (this.desired.ready && this.bus.connected) {
      this.bus.publish(subjects.beacon, beaconCodec, {
        observerId: this.observerId,
        sentAtMs: this.clock.now(),
      });
    }
    this.timer = this.clock.setTimeout(() => this.beat(), TIMERS.beacon);
  }
}
