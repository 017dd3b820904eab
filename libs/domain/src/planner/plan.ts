/**
 * From what should be and what is to the steps between them. Pure: the operator runs it for every message, after
 * every exit and at every start, and what it answers is the only thing that ever touches a VM.
 *
 * It promises (and `plan.prop.spec.ts` checks): the steps lead from any state to the desired one; a second plan is
 * empty; no step destroys what the desired state still holds; a guest that ended is launched again only for a higher
 * start generation or for a repair that names its exit.
 */
import type { DesiredVm, PortForward } from '#libs/contracts';
import type { ActualProcess, ActualVm } from './actual-vm.js';
import type { Step } from './steps.js';

export function plan(desired: DesiredVm, actual: ActualVm): Step[] {
  switch (desired.presence) {
    case 'present':
      return planPresent(desired, actual);
    case 'released':
      return leave(actual, true);
    case 'deleted':
      return leave(actual, false);
  }
}

/** May a VM without a process be launched now? */
export function mayLaunch(desired: DesiredVm, actual: ActualVm): boolean {
  if (desired.startGeneration > (actual.lastExit?.startGeneration ?? 0)) return true;
  return actual.lastExit !== undefined && actual.repairExitSeq === actual.lastExit.exitSeq;
}

function planPresent(desired: DesiredVm, actual: ActualVm): Step[] {
  const off = desired.power === 'stopped';
  if (!actual.process) {
    const launch = !off && mayLaunch(desired, actual);
    return [...provision(desired, actual), ...(launch ? start(desired) : [])];
  }
  if (off) return [...turnOff(desired, actual.process), ...provision(desired, actual)];
  if (actual.process.phase === 'hung') return [];
  if (desired.startGeneration > actual.process.startGeneration) {
    return [...turnOff(desired, actual.process), ...provision(desired, actual), ...start(desired)];
  }
  const held = new Set(actual.process.shape.disks.map((disk) => disk.diskId));
  const added = { ...desired, disks: desired.disks.filter((disk) => !held.has(disk.diskId)) };
  return [...provision(added, actual), ...adjust(desired, actual.process)];
}

/** Disks that are missing, and the images below them. An existing disk only ever grows. */
function provision(desired: DesiredVm, actual: ActualVm): Step[] {
  const steps: Step[] = [];
  const images = new Set(actual.images);
  for (const disk of desired.disks) {
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

function start(desired: DesiredVm): Step[] {
  const launch: Step = { step: 'launch', startGeneration: desired.startGeneration };
  return desired.power === 'running' ? [launch, { step: 'resume' }] : [launch];
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

/** Changes that a live process takes. */
function adjust(desired: DesiredVm, process: ActualProcess): Step[] {
  const steps: Step[] = [];
  const wanted = desired.nics.flatMap((nic) =>
    nic.forwards.map((forward) => ({ nicId: nic.nicId, forward })),
  );
  const launchedNics = new Set(process.shape.nics.map((nic) => nic.nicId));
  for (const { nicId, forward } of process.forwards) {
    if (!wanted.some((it) => it.nicId === nicId && sameForward(it.forward, forward))) {
      steps.push({ step: 'remove-forward', nicId, forward });
    }
  }
  for (const { nicId, forward } of wanted) {
    const held = process.forwards.some((it) => it.nicId === nicId && sameForward(it.forward, forward));
    if (!held && launchedNics.has(nicId)) steps.push({ step: 'add-forward', nicId, forward });
  }
  if (desired.power === 'running' && (process.phase === 'paused' || process.phase === 'prelaunch')) {
    steps.push({ step: 'resume' });
  }
  if (desired.power === 'paused' && process.phase === 'running') steps.push({ step: 'pause' });
  return steps;
}

function leave(actual: ActualVm, keepDisks: boolean): Step[] {
  const steps: Step[] = [];
  if (actual.process) steps.push({ step: 'power-off' });
  if (!keepDisks) {
    for (const { diskId } of actual.disks) steps.push({ step: 'remove-disk', diskId });
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
