import { Controller } from '@nestjs/common';
import { Ctx, EventPattern, MessagePattern, Payload, Transport } from '@nestjs/microservices';
import { JETSTREAM, JetStreamContext } from '#libs/bus';
import { failpoint } from '#libs/config';
import {
  type Beacon,
  COMMANDS_STREAM,
  type Command,
  type ConsoleLogReply,
  type ConsoleLogRequest,
  DESIRED_STREAM,
  type DesiredReply,
  type DesiredRequest,
  type DesiredVm,
  type DiskFilesReply,
  type DiskFilesRequest,
  hostConsumer,
  type LeasesReply,
  type LeasesRequest,
  type PlanReply,
  type PlanRequest,
  subjects,
} from '#libs/contracts';
import { consoleLog } from './commands/console-log.js';
import { planOnly } from './commands/plan-only.js';
import { diskFiles } from './disks/disk-files.js';
import { Operator } from './operator.js';

const HOST = '{host}';

/** Everything that reaches this host over the bus. */
@Controller()
export class OperatorController {
  constructor(private readonly operator: Operator) {}

  @EventPattern<string>(`${DESIRED_STREAM}/${hostConsumer(HOST)}`, JETSTREAM)
  async desired(@Payload() message: DesiredVm, @Ctx() context: JetStreamContext): Promise<void> {
    await this.operator.desired.accept(message);
    context.ack();
    await failpoint('operator.desired.after-ack');
  }

  @EventPattern<string>(`${COMMANDS_STREAM}/${hostConsumer(HOST)}`, JETSTREAM)
  async command(@Payload() message: Command, @Ctx() context: JetStreamContext): Promise<void> {
    await this.operator.commands.accept(message);
    context.ack();
    await failpoint('operator.command.after-ack');
  }

  @EventPattern<string>(subjects.beacon, Transport.NATS)
  beacon(@Payload() { state }: Beacon): void {
    this.operator.host.beacon.heard(state);
  }

  @MessagePattern(subjects.hostRpc(HOST, 'plan'), Transport.NATS)
  plan({ desired }: PlanRequest): Promise<PlanReply> {
    return planOnly(this.operator.host, this.operator.registry, desired);
  }

  @MessagePattern(subjects.hostRpc(HOST, 'desired'), Transport.NATS)
  lastDesired({ vmId }: DesiredRequest): DesiredReply {
    return { desired: this.operator.registry.get(vmId)?.vm.desired };
  }

  @MessagePattern(subjects.hostRpc(HOST, 'disk-files'), Transport.NATS)
  diskFiles(request: DiskFilesRequest): Promise<DiskFilesReply> {
    return diskFiles(this.operator.host, this.operator.registry, request);
  }

  @MessagePattern(subjects.hostRpc(HOST, 'leases'), Transport.NATS)
  async leases({ leases }: LeasesRequest): Promise<LeasesReply> {
    return { sights: await this.operator.host.leases.sights(leases) };
  }

  @MessagePattern(subjects.hostRpc(HOST, 'console-log'), Transport.NATS)
  consoleLog(request: ConsoleLogRequest): Promise<ConsoleLogReply> {
    return consoleLog(this.operator.registry, request);
  }
}
