import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { CLOCK, type Clock, type Timer } from '#libs/clock';
import { DriftKeeper } from '../drift/drift-keeper.js';
import { DriftMetrics } from '../drift/drift-metrics.js';
import { Inspector } from '../inspect/inspector.js';
import { Leadership } from '../leader/leadership.js';
import { Pauses } from '../repair/pauses.js';
import { RepairControl } from '../repair/repair-control.js';
import { RepairMetrics } from '../repair/repair-metrics.js';
import { Sweep } from '../sweep/sweep.js';
import { FleetView } from '../view/fleet-view.js';

const LOOK_EVERY_MS = 1_000;

/** What only time makes so: hosts that fall silent, the brake, what the bus did not take, the gauges. */
@Injectable()
export class HostWatch implements OnApplicationBootstrap, OnApplicationShutdown {
  private timer: Timer | undefined;
  private stopped = false;

  constructor(
    private readonly view: FleetView,
    private readonly inspector: Inspector,
    private readonly sweep: Sweep,
    private readonly lead: Leadership,
    private readonly control: RepairControl,
    private readonly keeper: DriftKeeper,
    private readonly pauses: Pauses,
    private readonly drifts: DriftMetrics,
    private readonly repairs: RepairMetrics,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  onApplicationBootstrap(): void {
    this.look();
  }

  onApplicationShutdown(): void {
    this.stopped = true;
    this.timer?.cancel();
  }

  private look(): void {
    if (this.stopped) return;
    const released = this.control.look();
    for (const host of this.view.allHosts()) this.inspector.inspectHost(host.hostId);
    if (released) void this.sweep.run();
    if (this.lead.leads) void this.keeper.tell(this.lead.speaker);
    this.drifts.show(this.keeper.all(), this.clock.now());
    this.repairs.show({ braking: this.control.brake.engaged, pauses: this.pauses.list().length });
    this.timer = this.clock.setTimeout(() => this.look(), LOOK_EVERY_MS);
  }
}
