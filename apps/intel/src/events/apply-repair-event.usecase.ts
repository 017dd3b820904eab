import { Inject, Injectable, Logger } from '@nestjs/common';
import type { RepairEvent } from '#libs/contracts';
import { currentContext } from '#libs/logging';
import { Database, type OperationEntity, type Tx, type VmEntity } from '../db-operator/index.js';
import { repairEnd, shallRun } from '../vms/index.js';

/** An answer to a repair comes by then, or never. */
const ANSWERED_MS = 60_000;

/**
 * The observer, or a host on its own, decided on a repair: an operation that says when its cause was noticed and why.
 * Its id is the repair's, so that the same repair told twice, or by two of them, is one operation. A restart and a
 * change that is told again are closed by the host's report, anything else by its answer to the command.
 */
@Injectable()
export class ApplyRepairEvent {
  private readonly logger = new Logger(ApplyRepairEvent.name);

  constructor(@Inject(Database) private readonly database: Database) {}

  async execute(event: RepairEvent): Promise<void> {
    await this.database.transaction((tx) => this.apply(tx, event));
  }

  private async apply(tx: Tx, event: RepairEvent): Promise<void> {
    const seen = await tx.vms.lock(event.vmId);
    // A copy runs where it is not placed: that is what is wrong with it.
    if (!seen || (seen.vm.hostId !== event.hostId && event.action !== 'stop-copy')) {
      this.logger.warn({ vmId: event.vmId, rule: event.rule }, 'a repair of a VM that is not placed there');
      return;
    }
    const { vm } = seen;
    await tx.repairs.keep(event, vm);
    if (!(await tx.operations.insertNew(operationOf(event, vm)))) return;
    await tx.announce('operation', event.repairId);
    switch (event.action) {
      case undefined:
      case 'restart': {
        // The host, or a change of somebody, may have been faster than this message.
        const end = repairEnd(event.exitSeq, { ...vm, wanted: shallRun(vm) });
        if (end) await tx.operations.finish(event.repairId, end);
        return;
      }
      case 'converge':
      case 'stop-copy':
        await tx.operations.setDeadline(event.repairId, ANSWERED_MS);
        return;
      case 'tell-again':
        if (vm.observedGeneration >= event.generation) {
          await tx.operations.finish(event.repairId, { status: 'succeeded' });
        } else await tx.outbox.desired(vm.hostId, vm.id);
        return;
    }
  }
}

function operationOf(event: RepairEvent, vm: VmEntity): Partial<OperationEntity> & { id: string } {
  const origin = event.origin ?? 'observer';
  const decider = origin === 'observer' ? 'observer' : 'host';
  return {
    id: event.repairId,
    kind: 'vm.repair',
    status: 'queued',
    project: vm.project,
    vmId: vm.id,
    resourceName: vm.name,
    hostId: event.hostId,
    requestedBy: `${decider} (rule ${event.rule})`,
    origin,
    requestId: currentContext().requestId ?? event.repairId,
    reason: event.reason || `expected ${event.expected}, seen ${event.seen}`,
    detectedAt: new Date(event.detectedAtMs),
    ...closedBy(event),
  };
}

function closedBy(event: RepairEvent): Partial<OperationEntity> {
  switch (event.action) {
    case undefined:
    case 'restart':
      return { goal: 'running', exitSeq: event.exitSeq };
    case 'converge':
      return { command: 'converge' };
    case 'stop-copy':
      return { command: 'stopCopy' };
    case 'tell-again':
      return { generation: event.generation };
  }
}
