import type { Plugged, VmReport } from '#libs/contracts';
import {
  type ActualProcess,
  type ActualVm,
  observeState,
  restartRequired,
  totalMemoryMib,
} from '#libs/domain';
import type { Vm } from '../reconcile/vm.js';
import type { Tombstone } from '../storage/vm-records.js';
import { heldForwards } from './held-forwards.js';

type Row = Omit<VmReport, 'rev'>;

const NOTHING: Omit<Row, 'vmId' | 'acceptedGeneration' | 'observedGeneration' | 'state' | 'reason'> = {
  pid: 0,
  startGeneration: 0,
  restarts: 0,
  nextRestartAtMs: 0,
  runningSinceMs: 0,
  repairedExitSeq: 0,
  restartRequired: [],
  diskFaults: [],
};

/** All that is known of a VM, as the row of a heartbeat. Pure; undefined before anything was accepted. */
export function buildRow(
  vm: Pick<Vm, 'vmId' | 'desired' | 'status' | 'process' | 'actual' | 'step' | 'lease'>,
): Row | undefined {
  const { desired, status, process, actual } = vm;
  if (!desired) return undefined;
  const current = status.observedGeneration === desired.generation;
  const failure = current ? status.failure : undefined;
  const { state, reason } = observeState(desired, actual, {
    step: vm.step,
    failure,
    restarts: status.restarts,
  });
  return {
    vmId: vm.vmId,
    acceptedGeneration: desired.generation,
    observedGeneration: status.observedGeneration,
    state,
    reason,
    failure: status.failure,
    pid: actual.process?.pid ?? 0,
    startGeneration: actual.process?.startGeneration ?? status.lastExit?.startGeneration ?? 0,
    lastExit: status.lastExit,
    restarts: status.restarts,
    nextRestartAtMs: status.nextRestartAtMs,
    runningSinceMs: process && actual.process?.phase === 'running' ? process.record.launchedAtMs : 0,
    repairedExitSeq: status.repairExitSeq,
    guestAgent: process?.guest.row,
    cloudInit: status.cloudInit?.instanceId === desired.cloudInit?.instanceId ? status.cloudInit : undefined,
    restartRequired: actual.process ? restartRequired(desired, actual.process, actual.disks) : [],
    plugged: actual.process && pluggedOf(actual.process),
    missingDisks: missingOf(actual),
    heldForwards: actual.process && { forwardIds: heldForwards(desired, actual.process) },
    diskFaults: process?.diskFaults ?? [],
    lease: vm.lease,
    restoredGeneration: status.restoredGeneration,
  };
}

/** The row of a VM that left this host. */
export function buriedRow(vmId: string, { generation, presence, lastExit }: Tombstone): Row {
  return {
    ...NOTHING,
    vmId,
    acceptedGeneration: generation,
    observedGeneration: generation,
    state: 'absent',
    reason: presence,
    lastExit,
  };
}

function missingOf({ disks }: ActualVm): VmReport['missingDisks'] {
  const diskIds = disks.filter((it) => it.missing).map((it) => it.diskId);
  return diskIds.length > 0 ? { diskIds } : undefined;
}

/** Devices that QEMU has or that are not wholly gone yet. */
function pluggedOf(process: ActualProcess): Plugged {
  return {
    vcpus: process.vcpus,
    memoryMib: totalMemoryMib(process),
    diskIds: process.shape.disks.map((it) => it.diskId),
    nicIds: process.shape.nics.map((it) => it.nicId),
  };
}
