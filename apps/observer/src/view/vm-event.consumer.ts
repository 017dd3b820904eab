import { Controller } from '@nestjs/common';
import { EventPattern, Payload, Transport } from '@nestjs/microservices';
import { subjects, type VmEvent } from '#libs/contracts';
import { Repairer } from '../repair/repairer.js';
import { FleetView } from './fleet-view.js';

/**
 * VM events as they pass by on the wire: the quickest way to hear of a crash. One that is missed comes again as a row
 * of the next heartbeat, so nothing durable is needed here.
 */
@Controller()
export class VmEventConsumer {
  constructor(
    private readonly view: FleetView,
    private readonly repairer: Repairer,
  ) {}

  @EventPattern<string>(subjects.eventsOfKind('vm'), Transport.NATS)
  async onVmEvent(@Payload() event: VmEvent): Promise<void> {
    if (!this.view.applyReport(event.hostId, event.report)) return;
    await this.repairer.inspect(event.hostId, event.report.vmId);
  }
}
