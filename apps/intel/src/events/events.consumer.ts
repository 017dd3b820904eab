import { Controller, Inject } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { INTEL_EVENTS_CONSUMER, JETSTREAM, JetStreamContext } from '#libs/bus';
import {
  type CommandEvent,
  type DriftEvent,
  EVENTS_STREAM,
  type EventKind,
  type ExitEvent,
  lastTokenOfSubject,
  type RepairEvent,
  type VmEvent,
} from '#libs/contracts';
import { ApplyDriftEvent } from '../drifts/index.js';
import { ApplyVmReport } from '../vms/index.js';
import { ApplyCommandEvent } from './apply-command-event.usecase.js';
import { ApplyExitEvent } from './apply-exit-event.usecase.js';
import { ApplyRepairEvent } from './apply-repair-event.usecase.js';

/** The facts that hosts and observer tell. A handler that throws gets its message again later. */
@Controller()
export class EventsConsumer {
  constructor(
    @Inject(ApplyVmReport) private readonly applyVmReport: ApplyVmReport,
    @Inject(ApplyCommandEvent) private readonly applyCommandEvent: ApplyCommandEvent,
    @Inject(ApplyExitEvent) private readonly applyExitEvent: ApplyExitEvent,
    @Inject(ApplyRepairEvent) private readonly applyRepairEvent: ApplyRepairEvent,
    @Inject(ApplyDriftEvent) private readonly applyDriftEvent: ApplyDriftEvent,
  ) {}

  @EventPattern<string>(`${EVENTS_STREAM}/${INTEL_EVENTS_CONSUMER}`, JETSTREAM)
  async onEvent(@Payload() event: unknown, @Ctx() context: JetStreamContext): Promise<void> {
    const kind = lastTokenOfSubject(context.subject) as EventKind;
    switch (kind) {
      case 'vm': {
        const { hostId, report, cause, steps } = event as VmEvent;
        return this.applyVmReport.execute({ hostId, report, operationId: cause?.operationId, steps });
      }
      case 'command':
        return this.applyCommandEvent.execute(event as CommandEvent);
      case 'repair':
        return this.applyRepairEvent.execute(event as RepairEvent);
      case 'exit':
        return this.applyExitEvent.execute(event as ExitEvent);
      case 'drift':
        return this.applyDriftEvent.execute(event as DriftEvent);
    }
  }
}
