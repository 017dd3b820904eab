import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import type { BusPort } from '#libs/bus';
import { CLOCK, type Clock, type Timer } from '#libs/clock';
import { beaconCodec, subjects } from '#libs/contracts';
import { TIMERS } from '#libs/domain';
import { DriftKeeper } from '../drift/drift-keeper.js';
import { Leadership } from '../leader/leadership.js';
import { OBSERVER_BUS } from '../observer.tokens.js';
import { Pauses } from '../repair/pauses.js';
import { RepairControl } from '../repair/repair-control.js';
import { DesiredReader } from '../view/desired-reader.js';

/**
 * The sign of life by which operators leave restarts to the observer. Only the leader gives it, and only with the
 * desired state read: an observer that cannot decide must not keep the hosts from deciding.
 */
@Injectable()
export class BeaconSender implements OnApplicationBootstrap, OnApplicationShutdown {
  private timer: Timer | undefined;
  private stopped = false;

  constructor(
    @Inject(OBSERVER_BUS) private readonly bus: BusPort,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly desired: DesiredReader,
    private readonly lead: Leadership,
    private readonly control: RepairControl,
    private readonly pauses: Pauses,
    private readonly keeper: DriftKeeper,
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
    if (this.lead.leads && this.desired.ready && this.bus.connected) {
      const { observerId, epoch } = this.lead.speaker;
      const { brake, brakeSinceMs, decides, observeOnly } = this.control;
      this.bus.publish(subjects.beacon, beaconCodec, {
        observerId,
        sentAtMs: this.clock.now(),
        state: {
          epoch,
          decides,
          observeOnly,
          brakeReason: brake.engaged ? brake.reason : '',
          brakeSinceMs,
          pauses: this.pauses.list(),
          openDrifts: this.keeper.size,
        },
      });
    }
    this.timer = this.clock.setTimeout(() => this.beat(), TIMERS.beacon);
  }
}
