import { Inject, Injectable } from '@nestjs/common';
import { Bus, StreamAdmin } from '#libs/bus';
import {
  COMMANDS_STREAM,
  type Command,
  commandCodec,
  DESIRED_STREAM,
  seedMarkerCodec,
  subjects,
} from '#libs/contracts';
import { type LogContext, withContext } from '#libs/logging';
import { Database, type Lying, type OperationEntity, type UnsentRow } from '../db-operator/index.js';
import { publishDesired } from './publish-desired.js';
import type { ToldDesired } from './read-desired.js';

/**
 * Tells the bus what one outbox row stands for, as it is now; says where that lies. Throws BusUnavailable. Desired states
 * were read before, those of many rows at once.
 */
@Injectable()
export class OutboxPublisher {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(Bus) private readonly bus: Bus,
    @Inject(StreamAdmin) private readonly admin: StreamAdmin,
  ) {}

  async publish(row: UnsentRow, told: ReadonlyMap<string, ToldDesired>): Promise<Lying | undefined> {
    switch (row.kind) {
      case 'desired':
        return this.desired(told.get(row.vmId ?? ''));
      case 'released':
        return this.released(row.hostId, row.vmId ?? '');
      case 'command':
        return this.command(row.operationId ?? '');
      case 'purge':
        await this.purge(row.hostId, row.vmId ?? '');
        return undefined;
      case 'seed-marker':
        return this.seedMarker(row.hostId, row.count ?? 0);
    }
  }

  /** Nothing when the VM is gone meanwhile: the purge is behind it in the outbox. Held: it comes again when it may be told. */
  private async desired(told: ToldDesired | undefined): Promise<Lying | undefined> {
    if (!told) return undefined;
    const { desired, sequence: known } = told;
    const { vmId, hostId } = desired;
    const sequence = await withContext({ ...contextOf(desired.cause), vmId, hostId }, () =>
      publishDesired(this.bus, this.admin, desired, known),
    );
    return { stream: DESIRED_STREAM, sequence, vmId };
  }

  /** Nothing when the host let it go meanwhile, or has it again. */
  private async released(hostId: string, vmId: string): Promise<Lying | undefined> {
    const released = await this.database.read((tx) => tx.departures.told(vmId, hostId));
    if (!released) return undefined;
    const { requestId, operationId } = released.cause;
    const sequence = await withContext({ requestId, operationId, vmId, hostId }, () =>
      publishDesired(this.bus, this.admin, released, 0),
    );
    return { stream: DESIRED_STREAM, sequence };
  }

  /** Not when the VM came back to the host: then what lies there is its newest state. */
  private async purge(hostId: string, vmId: string): Promise<void> {
    const seen = await this.database.read((tx) => tx.vms.get(vmId));
    if (seen?.vm.hostId === hostId) return;
    await this.admin.purgeSubject(DESIRED_STREAM, subjects.desired(hostId, vmId));
  }

  private async command(operationId: string): Promise<Lying | undefined> {
    const found = await this.database.read(async (tx) => {
      const operation = await tx.operations.get(operationId);
      if (!operation?.vmId) return operation && { operation, generation: 0 };
      const seen = await tx.vms.get(operation.vmId);
      return seen && { operation, generation: seen.vm.generation };
    });
    if (!found || found.operation.finishedAt) return undefined;
    const command = commandOf(found.operation, found.generation);
    if (!command) return undefined;
    const ack = await withContext(
      { ...contextOf(command.cause), vmId: command.vmId, hostId: command.hostId },
      () =>
        this.bus.publishDurable(
          subjects.command(command.hostId, command.action.$case),
          commandCodec,
          command,
        ),
    );
    return { stream: COMMANDS_STREAM, sequence: ack.sequence };
  }

  private async seedMarker(hostId: string, count: number): Promise<Lying> {
    const known = await this.database.read((tx) => tx.busState.all());
    const streamCreated = known.find((it) => it.stream === DESIRED_STREAM)?.created ?? '';
    const subject = subjects.desired(hostId, subjects.seedToken);
    const ack = await this.bus.publishDurable(subject, seedMarkerCodec, { streamCreated, count });
    return { stream: DESIRED_STREAM, sequence: ack.sequence };
  }
}

const traceOf = ({ traceparent }: Pick<OperationEntity, 'traceparent'>) =>
  traceparent ? { traceparent } : {};

function contextOf({ requestId, operationId, traceparent }: Command['cause']): LogContext {
  return { requestId, operationId, ...(traceparent && { traceparent }) };
}

function commandOf(operation: OperationEntity, generation: number): Command | undefined {
  const { hostId, command, commandBody } = operation;
  const action: Command['action'] | undefined =
    command === 'reset' ? { $case: 'reset', value: {} } : (commandBody ?? undefined);
  if (!hostId || !action) return undefined;
  return {
    operationId: operation.id,
    hostId,
    vmId: operation.vmId ?? '',
    deadlineAtMs: operation.deadlineAt?.getTime() ?? 0,
    minGeneration: generation,
    cause: {
      operationId: operation.id,
      requestId: operation.requestId,
      origin: operation.origin,
      ...traceOf(operation),
    },
    action,
  };
}
