import { Controller, Inject } from '@nestjs/common';
import { EventPattern, Payload, Transport } from '@nestjs/microservices';
import { CLOCK, type Clock } from '#libs/clock';
import { subjects, type VmEvent } from '#libs/contracts';
import { Inspector } from '../inspect/inspector.js';
import { FleetView } from './fleet-view.js';

/**
 * VM events as they pass by on the wire: the quickest way to hear of a crash. One that is missed comes again as a row
 * of the next heartbeat, so nothing durable is needed here.
 */
@Controller()
export class VmEventConsumer {
  constructor(
    private readonly view: FleetView,
    private readonly inspector: Inspector,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @EventPattern<string>(subjects.eventsOfKind('vm'), Transport.NATS)
  async onVmEvent(@Payload() { hostId, report }: VmEvent): Promise<void> {
    const heard = { nowMs: this.clock.now(), monotonicMs: this.clock.monotonic() };
    if (!this.view.applyEvent(hostId, report, heard)) return;
    await this.inspector.inspectVm(report.vmId);
  }
}
