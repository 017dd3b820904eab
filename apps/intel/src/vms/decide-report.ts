/**
 * What a host's report of a VM means for intel's rows. Pure. It may assume that reports come late, twice and out of
 * order: the order is kept by `rev` in the statement that writes `seen`, and nothing else here is done when that
 * statement found something newer.
 */
import type { VmReport } from '#libs/contracts';
import type { OperationEnd, OperationEntity, VmEntity } from '../db-operator/index.js';
import { guestAgentRow } from './guest-agent-row.js';
import { repairEnd, type SeenRun } from './repair-end.js';

export type FollowUp =
  | { kind: 'none' }
  /** Nothing of a deleted VM is left on its host. */
  | { kind: 'remove' }
  /** The guest powered itself off, and its policy takes that for what is wanted. */
  | { kind: 'guest-shutdown' }
  /** The guest did not obey a plain shutdown or reboot: it runs on, and that is what is wanted from now on. */
  | { kind: 'guest-refused'; startGeneration: number }
  /** The VM could not be put back to a snapshot: it is to be what it was before. */
  | { kind: 'restore-failed'; startGeneration: number | undefined }
  /** The host has accepted what this database does not know: it was restored from a backup. */
  | { kind: 'reassert'; above: { generation: number; startGeneration: number } };

interface OperationStep {
  id: string;
  /** undefined: the host is at it. */
  end: OperationEnd | undefined;
}

export interface ReportDecision {
  seen: Partial<VmEntity>;
  operations: OperationStep[];
  followUp: FollowUp;
}

export function decideReport(vm: VmEntity, open: OperationEntity[], report: VmReport): ReportDecision {
  return {
    seen: seenColumns(vm, report),
    operations: open.flatMap((operation) => stepOf(vm, operation, report)),
    followUp: followUpOf(vm, report),
  };
}

function seenColumns(vm: VmEntity, report: VmReport): Partial<VmEntity> {
  const { lastExit } = report;
  const gone = vm.presence === 'present' ? 'pending' : 'deleting';
  return {
    state: report.state === 'absent' ? gone : report.state,
    reason: report.reason,
    observedGeneration: report.observedGeneration,
    acceptedGeneration: report.acceptedGeneration,
    pid: report.pid,
    processStartGeneration: report.startGeneration,
    runningSince: timeOf(report.runningSinceMs),
    failureCode: report.failure?.code ?? '',
    failureMessage: report.failure?.message ?? '',
    restarts: report.restarts,
    nextRestartAt: timeOf(report.nextRestartAtMs),
    repairedExitSeq: report.repairedExitSeq,
    restartRequired: report.restartRequired,
    plugged: report.plugged ?? null,
    guestAgent: guestAgentRow(vm.guestAgent, report),
    diskFaults: report.diskFaults,
    cloudInitResult: report.cloudInit ?? null,
    lease: report.lease ?? null,
    ...(lastExit
      ? {
          exitSeq: lastExit.exitSeq,
          exitReason: lastExit.reason,
          exitAt: timeOf(lastExit.atMs),
          exitStartGeneration: lastExit.startGeneration,
          exitStatus: lastExit.status,
        }
      : {}),
  };
}

const timeOf = (ms: number) => (ms > 0 ? new Date(ms) : null);

function stepOf(vm: VmEntity, operation: OperationEntity, report: VmReport): OperationStep[] {
  // A command is closed by its own answer.
  if (operation.command) return [];
  if (operation.exitSeq !== null) {
    const end = repairEnd(operation.exitSeq, seenRun(vm, report));
    return end ? [{ id: operation.id, end }] : [];
  }
  if (changeReached(operation, report)) return [{ id: operation.id, end: endOf(report) }];
  const begun =
    operation.status === 'queued' &&
    operation.generation !== null &&
    report.acceptedGeneration >= operation.generation;
  return begun ? [{ id: operation.id, end: undefined }] : [];
}

function changeReached(operation: OperationEntity, report: VmReport): boolean {
  return operation.generation !== null && report.observedGeneration >= operation.generation;
}

function seenRun(vm: VmEntity, report: VmReport): SeenRun {
  return {
    pid: report.pid,
    exitSeq: report.lastExit?.exitSeq ?? 0,
    repairedExitSeq: report.repairedExitSeq,
    failureCode: report.failure?.code ?? '',
    failureMessage: report.failure?.message ?? '',
    wanted: shallRun(vm),
  };
}

/** Whether a VM that ended is one to start again. */
export const shallRun = (vm: Pick<VmEntity, 'presence' | 'desiredPower'>) =>
  vm.presence === 'present' && vm.desiredPower !== 'stopped';

const hasFailed = (report: VmReport) => (report.failure?.code ?? '') !== '';

function endOf(report: VmReport): OperationEnd {
  if (!report.failure || !hasFailed(report)) return { status: 'succeeded' };
  return { status: 'failed', code: report.failure.code, message: report.failure.message };
}

function followUpOf(vm: VmEntity, report: VmReport): FollowUp {
  if (report.acceptedGeneration > vm.generation) {
    const startGeneration = Math.max(report.startGeneration, report.lastExit?.startGeneration ?? 0);
    return { kind: 'reassert', above: { generation: report.acceptedGeneration, startGeneration } };
  }
  if (vm.presence === 'deleted') {
    const confirmed = report.state === 'absent' && report.observedGeneration >= vm.generation;
    return { kind: confirmed ? 'remove' : 'none' };
  }
  if (restoreFailed(vm, report)) {
    // A guest that was not touched goes on; one that was turned off is started again.
    return { kind: 'restore-failed', startGeneration: report.pid > 0 ? report.startGeneration : undefined };
  }
  if (guestRefusedToEnd(vm, report))
    return { kind: 'guest-refused', startGeneration: report.startGeneration };
  return { kind: guestWentDown(vm, report) ? 'guest-shutdown' : 'none' };
}

export const isRestored = ({ restore }: VmEntity, report: VmReport) =>
  (report.restoredGeneration ?? 0) >= (restore?.restoreGeneration ?? Number.POSITIVE_INFINITY);

function restoreFailed(vm: VmEntity, report: VmReport): boolean {
  const pending = Boolean(vm.restore) && !isRestored(vm, report);
  return pending && hasFailed(report) && report.observedGeneration === vm.generation;
}

/** Otherwise the next change of anything would ask the guest once more, minutes or days later. */
function guestRefusedToEnd(vm: VmEntity, report: VmReport): boolean {
  const endWanted = vm.desiredPower === 'stopped' || vm.startGeneration > report.startGeneration;
  return (
    endWanted &&
    vm.presence === 'present' &&
    vm.stopAskGuest &&
    !vm.stopThenForce &&
    report.pid > 0 &&
    report.failure?.code === 'guest_refused' &&
    report.observedGeneration === vm.generation
  );
}

/** Only for the run that is still wanted: a start asked for since then is not taken back. */
function guestWentDown(vm: VmEntity, report: VmReport): boolean {
  return (
    vm.presence === 'present' &&
    vm.desiredPower !== 'stopped' &&
    vm.restartPolicy !== 'always' &&
    report.pid === 0 &&
    report.lastExit?.reason === 'guest-shutdown' &&
    report.lastExit.startGeneration === vm.startGeneration
  );
}
