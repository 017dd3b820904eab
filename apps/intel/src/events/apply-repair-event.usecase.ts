import { Inject, Injectable, Logger } from '@nestjs/common';
import type { RepairEvent } from '#libs/contracts';
import { currentContext } from '#libs/logging';
import { Database } from '../db-operator/index.js';
import { repairEnd, shallRun } from '../vms/index.js';

/**
 * The observer found a drift and sent its repair: an operation that says when it was noticed and why. Its id is the
 * repair's, so that the same repair told twice, or by two observers, is one operation. The host's report closes it.
 */
@Injectable()
export class ApplyRepairEvent {
  private readonly logger = new Logger(ApplyRepairEvent.name);

  constructor(@Inject(Database) private readonly database: Database) {}

  async execute(event: RepairEvent): Promise<void> {
    await this.database.transaction(async (tx) => {
      const seen = await tx.vms.lock(event.vmId);
      if (seen?.vm.hostId !== event.hostId) {
        this.logger.warn({ vmId: event.vmId, rule: event.rule }, 'a repair of a VM that is not placed there');
        return;
      }
      const { vm } = seen;
      const isNew = await tx.operations.insertNew({
        id: event.repairId,
        kind: 'vm.repair',
        status: 'queued',
        project: vm.project,
        vmId: vm.id,
        resourceName: vm.name,
        hostId: vm.hostId,
        requestedBy: `observer (rule ${event.rule})`,
        origin: 'observer',
        requestId: currentContext().requestId ?? event.repairId,
        reason: event.reason || `expected ${event.expected}, seen ${event.seen}`,
        goal: 'running',
        exitSeq: event.exitSeq,
        detectedAt: new Date(event.detectedAtMs),
      });
      if (!isNew) return;
      await tx.announce('operation', event.repairId);
      // The host, or a change of somebody, may have been faster than this message.
      const end = repairEnd(event.exitSeq, { ...vm, wanted: shallRun(vm) });
      if (end) await tx.operations.finish(event.repairId, end);
    });
  }
}
