import { Controller, Inject } from '@nestjs/common';
import { EventPattern, Payload, Transport } from '@nestjs/microservices';
import { CLOCK, type Clock } from '#libs/clock';
import { type Heartbeat, subjects } from '#libs/contracts';
import { Repairer } from '../repair/repairer.js';
import { FleetView } from './fleet-view.js';

/** Heartbeats: the whole inventory of a host, every other second. They make good for every event that was lost. */
@Controller()
export class HeartbeatConsumer {
  constructor(
    private readonly view: FleetView,
    private readonly repairer: Repairer,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @EventPattern<string>(subjects.allHeartbeats, Transport.NATS)
  async onHeartbeat(@Payload() beat: Heartbeat): Promise<void> {
    const news = this.view.applyHeartbeat(beat, this.clock.monotonic());
    await Promise.all(news.map((vmId) => this.repairer.inspect(beat.hostId, vmId)));
  }
}
