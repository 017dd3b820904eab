import { Inject, Injectable, Logger } from '@nestjs/common';
import type { StepRecord, VmReport } from '#libs/contracts';
import { POWER_CUT } from '#libs/domain';
import { currentContext } from '#libs/logging';
import { Database, type Tx, together, type VmEntity } from '../db-operator/index.js';
import { systemActor } from '../http/index.js';
import { endCommand } from '../operations/index.js';
import { noLongerShown, shownUntil } from './address-status.js';
import { carryOutSettlement } from './carry-out-settlement.js';
import { changeDesired } from './change-desired.js';
import { decideReport, type FollowUp } from './decide-report.js';
import { settleDeparture } from './settle-departure.js';
import { freedDisks, isSettled, settleParts } from './settle-parts.js';
import { settleRestoredDisks } from './settle-restored-disks.js';
import { dropSource, settleSnapshots } from './settle-snapshots.js';

export interface HostReport {
  hostId: string;
  report: VmReport;
  /** The operation that the steps were done for. */
  operationId?: string;
  steps: StepRecord[];
}

/** Writes what a host reported of a VM, and draws the conclusions. Safe to repeat, late or out of order. */
@Injectable()
export class ApplyVmReport {
  private readonly logger = new Logger(ApplyVmReport.name);

  constructor(@Inject(Database) private readonly database: Database) {}

  async execute(told: HostReport): Promise<void> {
    await this.database.transaction((tx) => this.apply(tx, told));
  }

  private async apply(tx: Tx, { hostId, report, operationId, steps }: HostReport): Promise<void> {
    const [seen, open, isLosing] = await together(
      tx.vms.lock(report.vmId),
      tx.operations.openOfVm(report.vmId),
      tx.parts.anyLeaving(report.vmId),
    );
    if (seen?.vm.hostId !== hostId) {
      if (await settleDeparture(tx, hostId, report)) return;
      if (report.state === 'absent') return;
      // Quarantine: what this database does not know is never removed on its word.
      this.logger.warn(
        { vmId: report.vmId, hostId, state: report.state },
        'a host reports a VM that is not placed there',
      );
      return;
    }
    const stepped =
      operationId && steps.length > 0 ? tx.operations.addSteps(operationId, steps) : Promise.resolve();
    if (!isNewer(report.rev, seen.vm)) return stepped;
    const decision = decideReport(seen.vm, open, report);
    const lost = noLongerShown(seen.vm.guestAgent, decision.seen.guestAgent ?? null);
    const settled = decision.followUp.kind === 'none' && isSettled(seen.vm, report);
    const [parts] = await together(
      settled && (isLosing || report.failure) ? tx.parts.of(report.vmId) : undefined,
      stepped,
      tx.vms.observe(report.vmId, report.rev, decision.seen),
      this.tellState(tx, seen.vm, decision.seen.state ?? seen.vm.state),
      ...decision.operations.map(({ id, end }) =>
        end ? tx.operations.finish(id, end) : tx.operations.progress(id, { phase: report.state }),
      ),
      tx.addresses.lastSeen(report.vmId, lost, shownUntil(seen)),
      tx.forwards.freeReleased(report.vmId, report.observedGeneration),
      settled && !report.failure ? tx.disks.markMade(report.vmId, seen.vm.generation) : undefined,
      tx.announce('vm', report.vmId),
    );
    const actor = systemActor(currentContext().requestId ?? seen.vm.causeRequestId);
    await settleSnapshots(tx, actor, seen.vm, report);
    if (decision.followUp.kind !== 'none') return this.followUp(tx, seen.vm, decision.followUp);
    if (!parts) return;
    await tx.disks.free(freedDisks(parts, report));
    if (await settleRestoredDisks(tx, actor, seen.vm, parts, report)) return;
    const settlement = settleParts(seen.vm, parts, report);
    await carryOutSettlement(tx, actor, seen.vm, settlement);
  }

  private async tellState(tx: Tx, vm: VmEntity, state: VmEntity['state']): Promise<void> {
    if (state === vm.state) return;
    await tx.facts.tell({ ...factAbout(vm), type: 'vm.state', old: vm.state, new: state });
  }

  private async followUp(tx: Tx, vm: VmEntity, followUp: FollowUp): Promise<void> {
    const system = systemActor(currentContext().requestId ?? vm.causeRequestId);
    switch (followUp.kind) {
      case 'none':
        return;
      case 'remove':
        await endCommands(tx, vm);
        await dropSource(tx, system, vm);
        await tx.disks.leaveVm(vm.id);
        await tx.vms.remove(vm.id);
        await tx.facts.tell({ ...factAbout(vm), type: 'vm.deleted' });
        await tx.hosts.reserve(vm.hostId, -vm.memoryMib, -vm.vcpus);
        await tx.outbox.purge(vm.hostId, vm.id);
        return;
      case 'guest-shutdown': {
        const reason = 'the guest powered itself off';
        const change = { kind: 'vm.guest-shutdown', reason, power: 'stopped', stop: POWER_CUT } as const;
        await changeDesired(tx, system, vm, change);
        return;
      }
      case 'guest-refused': {
        const reason = 'the guest did not shut down, so it goes on running';
        const { startGeneration } = followUp;
        const change = { kind: 'vm.guest-refused', reason, power: 'running', stop: POWER_CUT } as const;
        await changeDesired(tx, system, vm, { ...change, startGeneration });
        return;
      }
      case 'restore-failed': {
        const reason = 'it could not be put back to a snapshot, so it stays what it was';
        const power = vm.restore?.previousPower ?? vm.desiredPower;
        const { startGeneration } = followUp;
        const raiseStart = startGeneration === undefined && power !== 'stopped';
        const change = { kind: 'vm.restore-failed', reason, power, stop: POWER_CUT } as const;
        await changeDesired(tx, system, vm, {
          ...change,
          startGeneration,
          raiseStart,
          spec: { restore: null },
        });
        return;
      }
      case 'reassert': {
        const reason = `the host had accepted generation ${followUp.above.generation}, the database knew ${vm.generation}`;
        this.logger.warn(
          { vmId: vm.id, ...followUp.above },
          'a host is ahead of the database; writing the spec anew',
        );
        await changeDesired(tx, system, vm, { kind: 'vm.reassert', reason, above: followUp.above });
        return;
      }
    }
  }
}

/** What its host was still to do for it. */
async function endCommands(tx: Tx, vm: VmEntity): Promise<void> {
  const failure = { code: 'not_found', message: `The VM ${vm.name} was deleted.` };
  for (const operation of await tx.operations.openOfVm(vm.id)) {
    if (operation.commandBody) await endCommand(tx, operation, { failure });
  }
}

/** The row is held against others, so what it says is what there is. */
const isNewer = ({ startCount, sequence }: VmReport['rev'], { revStart, revSeq }: VmEntity) =>
  startCount > revStart || (startCount === revStart && sequence > revSeq);

const factAbout = (vm: VmEntity) => ({
  project: vm.project,
  resourceKind: 'vm' as const,
  resourceId: vm.id,
  resourceName: vm.name,
  generation: vm.generation,
  cause: vm.causeOrigin,
  operationId: vm.causeOperationId,
  requestId: currentContext().requestId ?? vm.causeRequestId,
});
