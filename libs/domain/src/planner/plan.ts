/**
 * From what should be and what is to the steps between them. Pure: the operator runs it for every message, after
 * every exit and at every start, and what it answers is the only thing that ever touches a VM.
 *
 * It promises (and `plan.prop.spec.ts` checks): the steps lead from any state to the desired one; a second plan is
 * empty; no step destroys what the desired state still holds; a guest that ended is launched again only for a higher
 * start generation, for a repair that names its exit, or for a restore that was not carried out yet. A disk is removed only when the desired state says so of it by
 * name, outside of any process, and after everything else has succeeded.
 */
import type { DesiredVm, PortForward } from '#libs/contracts';
import { type ActualProcess, type ActualVm, shapeOf } from './actual-vm.js';
import { limitSteps } from './disk-limits.js';
import { balloonSteps, growsWaiting, hotChanges } from './hot-changes.js';
import type { Step } from './steps.js';
import { unwire, wire } from './wiring.js';

export function plan(desired: DesiredVm, actual: ActualVm): Step[] {
  switch (desired.presence) {
    case 'present':
      return planPresent(desired, actual);
    case 'released':
      return leave(desired, actual, true);
    case 'deleted':
      return leave(desired, actual, false);
  }
}

/** May a VM without a process be launched now? */
export function mayLaunch(desired: DesiredVm, actual: ActualVm): boolean {
  if (desired.startGeneration > (actual.lastExit?.startGeneration ?? 0)) return true;
  return actual.lastExit !== undefined && actual.repairExitSeq === actual.lastExit.exitSeq;
}

function planPresent(desired: DesiredVm, actual: ActualVm): Step[] {
  const off = desired.power === 'stopped';
  if (restoreDue(desired, actual)) return planRestore(desired, desired.restore, actual);
  if (!actual.process) {
    const launch = !off && mayLaunch(desired, actual);
    return [
      ...provision(desired, actual),
      ...(launch ? [...seedOf(desired), ...start(desired)] : []),
      ...discard(desired, actual),
    ];
  }
  if (off) {
    return [
      ...turnOff(desired, actual.process),
      ...provision(desired, actual),
      ...discard(desired, { ...actual, process: undefined }),
    ];
  }
  if (actual.process.phase === 'hung') return [];
  if (desired.startGeneration > actual.process.startGeneration) {
    return [
      ...turnOff(desired, actual.process),
      ...provision(desired, actual),
      ...seedOf(desired),
      ...start(desired),
      ...discard(desired, { ...actual, process: undefined }),
    ];
  }
  const waiting = growsWaiting(desired, actual.disks);
  // A file that a live process holds is never made anew, whatever became of its name.
  const held = actual.process.shape.disks.map((it) => it.diskId);
  const made = actual.disks.map((it) => it.diskId);
  const disks = desired.disks.filter(
    (disk) => !waiting.includes(disk) && (made.includes(disk.diskId) || !held.includes(disk.diskId)),
  );
  const now = { ...desired, disks };
  return [...provision(now, actual), ...adjust(desired, actual, actual.process), ...discard(desired, actual)];
}

type Restoring = DesiredVm & { restore: NonNullable<DesiredVm['restore']> };

function restoreDue(desired: DesiredVm, { restoredGeneration = 0 }: ActualVm): desired is Restoring {
  return desired.restore !== undefined && desired.restore.restoreGeneration > restoredGeneration;
}

/**
 * Everything is looked at before the machine is turned off, and the guest runs again only once the restore counts as
 * done: so a restore that was cut off anywhere is begun anew, and none is carried out twice.
 */
function planRestore(
  desired: DesiredVm,
  { snapshotId, restoreGeneration, memory }: Restoring['restore'],
  actual: ActualVm,
): Step[] {
  const on = desired.power !== 'stopped';
  if (on && actual.process?.phase === 'hung') return [];
  const load = memory && on;
  const machineOff = { ...actual, process: undefined };
  const [launch, ...begin] = on ? start(desired) : [];
  return [
    { step: 'check-restore', snapshotId },
    ...(actual.process ? turnOff(desired, actual.process) : []),
    ...provision(desired, actual),
    { step: 'rewind-disks', snapshotId, restoreGeneration, last: !load },
    ...(launch ? [...seedOf(desired), launch] : []),
    ...(load ? [{ step: 'load-memory' as const, snapshotId, restoreGeneration }] : []),
    ...begin,
    ...discard(desired, machineOff),
  ];
}

/** Networks, and disks that are missing, with the images below them. An existing disk only ever grows. */
function provision(desired: DesiredVm, actual: ActualVm): Step[] {
  const steps: Step[] = wire(desired, actual);
  const images = new Set(actual.images);
  for (const disk of desired.disks.filter((it) => it.presence !== 'removed')) {
    const there = actual.disks.find((it) => it.diskId === disk.diskId);
    if (!there) {
      if (disk.image && !images.has(disk.image.digest)) {
        images.add(disk.image.digest);
        steps.push({ step: 'fetch-image', digest: disk.image.digest });
      }
      steps.push({ step: 'create-disk', diskId: disk.diskId });
    } else if (there.sizeBytes < disk.sizeBytes) {
      steps.push({ step: 'grow-disk', diskId: disk.diskId, sizeBytes: disk.sizeBytes });
    }
  }
  return steps;
}

/** Made anew before each launch, since what it tells may have changed while the guest ran. */
function seedOf({ cloudInit }: DesiredVm): Step[] {
  return cloudInit ? [{ step: 'make-seed', instanceId: cloudInit.instanceId }] : [];
}

function start(desired: DesiredVm): Step[] {
  const launch: Step = { step: 'launch', startGeneration: desired.startGeneration };
  const { disks } = shapeOf(desired);
  const prepared = [
    launch,
    ...limitSteps(desired, disks),
    ...balloonSteps(desired, 0, desired.machine.memoryMib),
  ];
  return desired.power === 'running' ? [...prepared, { step: 'resume' }] : prepared;
}

/** Taps and disks that nobody wants any more, once the machine has let go of them. */
function discard(desired: DesiredVm, actual: ActualVm): Step[] {
  const { disks, process } = actual;
  const detached = process
    ? hotChanges(desired, process, disks).detach.flatMap((it) => (it.step === 'detach-disk' ? it.diskId : []))
    : [];
  const kept = process?.shape.disks.map((it) => it.diskId).filter((id) => !detached.includes(id));
  const removed: Step[] = desired.disks
    .filter((disk) => disk.presence === 'removed' && !kept?.includes(disk.diskId))
    .filter((disk) => disks.some((it) => it.diskId === disk.diskId))
    .map(({ diskId }) => ({ step: 'remove-disk', diskId }));
  return [...unwire(desired, actual), ...removed];
}

function turnOff(desired: DesiredVm, process: ActualProcess): Step[] {
  const { askGuest, timeoutMs, thenForce } = desired.stop;
  const deaf = process.phase !== 'running';
  return [
    askGuest && !(deaf && thenForce)
      ? { step: 'ask-guest-off', timeoutMs, thenForce }
      : { step: 'power-off' },
  ];
}

/**
 * Changes that a live process takes. A guest that is to run is let run first, since one that stands still lets go of
 * nothing.
 */
function adjust(desired: DesiredVm, actual: ActualVm, process: ActualProcess): Step[] {
  const { detach, attach, resize } = hotChanges(desired, process, actual.disks);
  const halted = process.phase === 'paused' || process.phase === 'prelaunch';
  const steps: Step[] = desired.power === 'running' && halted ? [{ step: 'resume' }] : [];
  const wanted = desired.nics.flatMap((nic) =>
    nic.forwards.map((forward) => ({ nicId: nic.nicId, forward })),
  );
  const nicsThere = new Set([
    ...process.shape.nics.flatMap((nic) => (nic.kind === 'user' ? nic.nicId : [])),
    ...attach.flatMap((step) => (step.step === 'attach-nic' ? step.nicId : [])),
  ]);
  for (const { nicId, forward } of process.forwards) {
    if (!wanted.some((it) => it.nicId === nicId && sameForward(it.forward, forward))) {
      steps.push({ step: 'remove-forward', nicId, forward });
    }
  }
  steps.push(...detach, ...attach);
  for (const { nicId, forward } of wanted) {
    const held = process.forwards.some((it) => it.nicId === nicId && sameForward(it.forward, forward));
    if (!held && nicsThere.has(nicId)) steps.push({ step: 'add-forward', nicId, forward });
  }
  steps.push(...resize);
  if (desired.power === 'paused' && process.phase === 'running') steps.push({ step: 'pause' });
  return steps;
}

/** A disk that the desired state no longer names is nobody's to remove. */
function leave(desired: DesiredVm, actual: ActualVm, keepDisks: boolean): Step[] {
  const steps: Step[] = [];
  if (actual.process) steps.push({ step: 'power-off' });
  for (const { nicId } of actual.wires ?? []) steps.push({ step: 'remove-tap', nicId });
  if (!keepDisks) {
    const made = new Set(actual.disks.map((it) => it.diskId));
    for (const { diskId } of desired.disks) if (made.has(diskId)) steps.push({ step: 'remove-disk', diskId });
  }
  if (actual.folder) steps.push({ step: 'forget', keepDisks });
  return steps;
}

function sameForward(a: PortForward, b: PortForward): boolean {
  return (
    a.protocol === b.protocol &&
    a.hostAddress === b.hostAddress &&
    a.hostPort === b.hostPort &&
    a.guestPort === b.guestPort
  );
}
