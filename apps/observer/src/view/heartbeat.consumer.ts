import { Controller, Inject } from '@nestjs/common';
import { EventPattern, Payload, Transport } from '@nestjs/microservices';
import { CLOCK, type Clock } from '#libs/clock';
import { type Heartbeat, subjects } from '#libs/contracts';
import { Inspector } from '../inspect/inspector.js';
import { FleetView } from './fleet-view.js';
import { ViewMetrics } from './view-metrics.js';

/** Heartbeats: the whole inventory of a host, every other second. They make good for every event that was lost. */
@Controller()
export class HeartbeatConsumer {
  constructor(
    private readonly view: FleetView,
    private readonly inspector: Inspector,
    private readonly metrics: ViewMetrics,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @EventPattern<string>(subjects.allHeartbeats, Transport.NATS)
  async onHeartbeat(@Payload() beat: Heartbeat): Promise<void> {
    this.metrics.heard();
    const heard = { nowMs: this.clock.now(), monotonicMs: this.clock.monotonic() };
    const news = this.view.applyHeartbeat(beat, heard);
    this.inspector.inspectHost(beat.hostId);
    const named = new Set([...news, ...beat.orphans.map((it) => it.vmId)]);
    await Promise.all([...named].map((vmId) => this.inspector.inspectVm(vmId)));
  }
}
