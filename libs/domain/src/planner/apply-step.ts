import type { DesiredVm } from '#libs/contracts';
import { type ActualProcess, type ActualVm, freshProcess, type PluggedDisk, shapeOf } from './actual-vm.js';
import type { Step } from './steps.js';

/** What a step does to a host when it succeeds: the planner's picture of the world, for tests and simulations. */
export function applyStep(desired: DesiredVm, actual: ActualVm, step: Step): ActualVm {
  switch (step.step) {
    case 'fetch-image':
      return { ...actual, folder: true, images: [...new Set([...actual.images, step.digest])] };
    case 'create-disk': {
      const disk = desired.disks.find((it) => it.diskId === step.diskId);
      const others = actual.disks.filter((it) => it.diskId !== step.diskId);
      const made = { diskId: step.diskId, sizeBytes: disk?.sizeBytes ?? 0 };
      return { ...actual, folder: true, disks: [...others, made] };
    }
    case 'grow-disk':
      return {
        ...actual,
        disks: actual.disks.map((it) =>
          it.diskId === step.diskId ? { ...it, sizeBytes: step.sizeBytes } : it,
        ),
      };
    case 'check-restore':
      return actual;
    case 'rewind-disks':
      return step.last ? { ...actual, restoredGeneration: step.restoreGeneration } : actual;
    case 'load-memory':
      return { ...actual, restoredGeneration: step.restoreGeneration };
    case 'make-seed':
      return { ...actual, folder: true };
    case 'ensure-network':
      return withWire(actual, step.nicId, false);
    case 'reserve-address':
      return actual;
    case 'make-tap':
      return withWire(actual, step.nicId, true);
    case 'remove-tap':
      return { ...actual, wires: actual.wires?.filter((it) => it.nicId !== step.nicId) };
    case 'launch':
      return actual.process
        ? actual
        : { ...actual, folder: true, process: launched(desired, step.startGeneration) };
    case 'resume':
      return withPhase(actual, 'running');
    case 'pause':
      return withPhase(actual, 'paused');
    case 'add-forward':
      return withForwards(actual, (all) => [...all, { nicId: step.nicId, forward: step.forward }]);
    case 'remove-forward':
      return withForwards(actual, (all) =>
        all.filter(
          (it) => JSON.stringify(it.forward) !== JSON.stringify(step.forward) || it.nicId !== step.nicId,
        ),
      );
    case 'attach-disk':
      return withProcess(actual, (process) => ({
        ...process,
        missing: process.missing.filter((id) => id !== step.diskId),
        shape: {
          ...process.shape,
          disks: [
            ...process.shape.disks.filter((it) => it.diskId !== step.diskId),
            { diskId: step.diskId, port: step.port, ...modesOf(desired, step.diskId) },
          ],
        },
      }));
    case 'detach-disk':
      return withProcess(actual, (process) => ({
        ...process,
        missing: process.missing.filter((id) => id !== step.diskId),
        shape: {
          ...process.shape,
          disks: process.shape.disks.filter((it) => it.diskId !== step.diskId),
        },
      }));
    case 'attach-nic': {
      const nic = desired.nics.find((it) => it.nicId === step.nicId);
      if (!nic) return actual;
      const { nicId, mac, kind } = nic;
      return withProcess(actual, (process) => ({
        ...process,
        missing: process.missing.filter((id) => id !== nicId),
        shape: {
          ...process.shape,
          nics: [
            ...process.shape.nics.filter((it) => it.nicId !== nicId),
            { nicId, mac, kind, port: step.port },
          ],
        },
      }));
    }
    case 'detach-nic':
      return withProcess(actual, (process) => ({
        ...process,
        missing: process.missing.filter((id) => id !== step.nicId),
        forwards: process.forwards.filter((it) => it.nicId !== step.nicId),
        shape: { ...process.shape, nics: process.shape.nics.filter((it) => it.nicId !== step.nicId) },
      }));
    case 'add-vcpus':
      return withProcess(actual, (process) => ({ ...process, vcpus: Math.max(process.vcpus, step.vcpus) }));
    case 'add-memory':
      return withProcess(actual, (process) => ({
        ...process,
        modules: [
          ...process.modules.filter((it) => it.moduleId !== step.moduleId),
          { moduleId: step.moduleId, sizeMib: step.sizeMib },
        ],
      }));
    case 'remove-memory':
      return withProcess(actual, (process) => ({
        ...process,
        modules: process.modules.filter((it) => it.moduleId !== step.moduleId),
      }));
    case 'limit-disk':
      return withProcess(actual, (process) => ({
        ...process,
        shape: {
          ...process.shape,
          disks: process.shape.disks.map((it) =>
            it.diskId === step.diskId ? { ...it, limits: step.limits } : it,
          ),
        },
      }));
    case 'set-balloon':
      return withProcess(actual, (process) => ({
        ...process,
        shape: { ...process.shape, balloonTakenMib: step.takenMib },
      }));
    case 'ask-guest-off':
    case 'power-off':
      return ended(actual);
    case 'remove-disk':
      return { ...actual, disks: actual.disks.filter((it) => it.diskId !== step.diskId) };
    case 'forget':
      return {
        folder: false,
        disks: actual.disks,
        images: actual.images,
        repairExitSeq: 0,
      };
  }
}

function withWire(actual: ActualVm, nicId: string, current: boolean): ActualVm {
  const others = (actual.wires ?? []).filter((it) => it.nicId !== nicId);
  return { ...actual, folder: true, wires: [...others, { nicId, current }] };
}

function modesOf(desired: DesiredVm, diskId: string): Pick<PluggedDisk, 'cache' | 'discard'> {
  const { cache, discard } = desired.disks.find((it) => it.diskId === diskId) ?? {};
  return { ...(cache && { cache }), ...(discard && { discard }) };
}

function launched(desired: DesiredVm, startGeneration: number): NonNullable<ActualVm['process']> {
  const forwards = desired.nics.flatMap((nic) =>
    nic.forwards.map((forward) => ({ nicId: nic.nicId, forward })),
  );
  const shape = shapeOf(desired);
  return { pid: 1, phase: 'prelaunch', startGeneration, shape, forwards, ...freshProcess(shape) };
}

function withProcess(actual: ActualVm, change: (process: ActualProcess) => ActualProcess): ActualVm {
  return actual.process ? { ...actual, process: change(actual.process) } : actual;
}

function withPhase(actual: ActualVm, phase: 'running' | 'paused'): ActualVm {
  return actual.process ? { ...actual, process: { ...actual.process, phase } } : actual;
}

type Forwards = NonNullable<ActualVm['process']>['forwards'];

function withForwards(actual: ActualVm, change: (all: Forwards) => Forwards): ActualVm {
  if (!actual.process) return actual;
  return { ...actual, process: { ...actual.process, forwards: change(actual.process.forwards) } };
}

function ended(actual: ActualVm): ActualVm {
  if (!actual.process) return actual;
  const { process, ...rest } = actual;
  const exitSeq = (actual.lastExit?.exitSeq ?? 0) + 1;
  const lastExit = {
    exitSeq,
    reason: 'requested',
    atMs: 0,
    startGeneration: process.startGeneration,
    status: '',
  } as const;
  return { ...rest, lastExit };
}
