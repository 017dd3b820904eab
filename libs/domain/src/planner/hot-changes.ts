/**
 * What a live machine takes without a new start, and what it does not. Both halves come from the same decisions, so
 * that a difference is either in the plan or named as one that waits for the next start, never both and never
 * neither. CPUs are never taken away: QEMU 7.2 crashes on that without KVM.
 */
import type { DesiredVm, Disk } from '#libs/contracts';
import { type ActualProcess, type ActualVm, totalMemoryMib } from './actual-vm.js';
import { limitSteps, modesWaiting } from './disk-limits.js';
import {
  attachedDisks,
  isPluggable,
  MEMORY_BLOCK_MIB,
  MEMORY_SLOTS,
  maxMemoryMib,
  maxVcpus,
  UNPLUG_TIMEOUT_MS,
} from './headroom.js';
import type { Step } from './steps.js';

export interface HotChanges {
  /** Devices that the guest is asked to let go of. */
  detach: Step[];
  attach: Step[];
  /** CPUs, memory and balloon. */
  resize: Step[];
  /** Fields that wait for the next start. */
  waiting: string[];
}

export function hotChanges(desired: DesiredVm, process: ActualProcess, files: ActualVm['disks']): HotChanges {
  const devices = deviceChanges(desired, process);
  const cpus = cpuChanges(desired, process);
  const memory = memoryChanges(desired, process);
  const waiting = [
    ...cpus.waiting,
    ...memory.waiting,
    ...machineChanges(desired, process),
    ...devices.waiting,
  ];
  if (growsWaiting(desired, files).length > 0 || modesWaiting(desired, process.shape.disks))
    waiting.push('disks');
  if (process.shape.seed?.instanceId !== desired.cloudInit?.instanceId) waiting.push('cloudInit');
  return {
    detach: devices.detach,
    attach: devices.attach,
    resize: [
      ...limitSteps(desired, afterwards(process, devices)),
      ...cpus.steps,
      ...memory.steps,
      ...balloonSteps(desired, process.shape.balloonTakenMib, memory.totalMib),
    ],
    waiting: [...new Set(waiting)],
  };
}

/** Disks of the machine once devices have come and gone; a new one keeps to no limit yet. */
function afterwards({ shape }: ActualProcess, { detach, attach }: Pick<HotChanges, 'detach' | 'attach'>) {
  const moved = [...detach, ...attach].flatMap((it) =>
    it.step === 'detach-disk' || it.step === 'attach-disk' ? it.diskId : [],
  );
  const stay = shape.disks.filter((it) => !moved.includes(it.diskId));
  const come = attach.flatMap((it) =>
    it.step === 'attach-disk' ? [{ diskId: it.diskId, port: it.port }] : [],
  );
  return [...stay, ...come];
}

/** Read-only disks that are larger in the desired state: QEMU grows none that it opened like that. */
export function growsWaiting(desired: DesiredVm, files: ActualVm['disks']): Disk[] {
  return desired.disks.filter((disk) => {
    const there = files.find((it) => it.diskId === disk.diskId);
    return disk.readOnly && there !== undefined && there.sizeBytes < disk.sizeBytes;
  });
}

function deviceChanges(desired: DesiredVm, { shape, missing }: ActualProcess): Omit<HotChanges, 'resize'> {
  const timeoutMs = desired.unplugTimeoutMs ?? UNPLUG_TIMEOUT_MS;
  const disks = attachedDisks(desired).map((it) => it.diskId);
  const nics = desired.nics.map((it) => it.nicId);
  const surplusDisks = shape.disks.filter((it) => !disks.includes(it.diskId));
  const surplusNics = shape.nics.filter((it) => !nics.includes(it.nicId));
  const lacking = (ids: string[], held: string[]) =>
    ids.filter((id) => !held.includes(id) || missing.includes(id));
  const newNics = lacking(
    nics,
    shape.nics.map((it) => it.nicId),
  );
  const newDisks = lacking(
    disks,
    shape.disks.map((it) => it.diskId),
  );
  // A NIC keeps its MAC and its kind for as long as the machine has it.
  const otherNic = desired.nics.some((nic) =>
    shape.nics.some((it) => it.nicId === nic.nicId && (it.kind !== nic.kind || it.mac !== nic.mac)),
  );
  if (!isPluggable(shape.machine.type)) {
    const waits = (field: string, ...lists: unknown[][]) =>
      lists.some((it) => it.length > 0) ? [field] : [];
    const others = otherNic ? ['nics'] : [];
    const waiting = [
      ...waits('disks', surplusDisks, newDisks),
      ...waits('nics', surplusNics, newNics, others),
    ];
    return { detach: [], attach: [], waiting };
  }
  const surplus = new Set<unknown>([...surplusDisks, ...surplusNics]);
  const taken = new Set(
    [...shape.disks, ...shape.nics].filter((it) => !surplus.has(it)).map((it) => it.port),
  );
  if (shape.seed) taken.add(shape.seed.port);
  const own = new Map([
    ...shape.disks.map((it) => [it.diskId, it.port] as const),
    ...shape.nics.map((it) => [it.nicId, it.port] as const),
  ]);
  const attach: Step[] = [];
  const waiting: string[] = otherNic ? ['nics'] : [];
  const place = (id: string, field: string, step: (port: number) => Step) => {
    const port = own.get(id) ?? freePort(taken, shape.ports);
    if (port === undefined) return waiting.push(field);
    taken.add(port);
    return attach.push(step(port));
  };
  for (const diskId of newDisks) place(diskId, 'disks', (port) => ({ step: 'attach-disk', diskId, port }));
  for (const nicId of newNics) place(nicId, 'nics', (port) => ({ step: 'attach-nic', nicId, port }));
  const detach: Step[] = [
    ...surplusNics.map(({ nicId }): Step => ({ step: 'detach-nic', nicId, timeoutMs })),
    ...surplusDisks.map(({ diskId }): Step => ({ step: 'detach-disk', diskId, timeoutMs })),
  ];
  return { detach, attach, waiting };
}

function freePort(taken: Set<number>, ports: number): number | undefined {
  for (let port = 0; port < ports; port += 1) if (!taken.has(port)) return port;
  return undefined;
}

function cpuChanges(desired: DesiredVm, process: ActualProcess): { steps: Step[]; waiting: string[] } {
  const { vcpus } = desired.machine;
  if (vcpus === process.vcpus) return { steps: [], waiting: [] };
  const hot = vcpus > process.vcpus && vcpus <= process.shape.maxVcpus;
  return hot ? { steps: [{ step: 'add-vcpus', vcpus }], waiting: [] } : { steps: [], waiting: ['vcpus'] };
}

interface MemoryChanges {
  steps: Step[];
  waiting: string[];
  /** What the machine has once the steps are done. */
  totalMib: number;
}

/** All of the difference or nothing: half of it would help nobody. */
function memoryChanges(desired: DesiredVm, process: ActualProcess): MemoryChanges {
  const totalMib = totalMemoryMib(process);
  const wanted = desired.machine.memoryMib;
  const done = (steps: Step[]): MemoryChanges => ({ steps, waiting: [], totalMib: wanted });
  if (wanted === totalMib) return done([]);
  const waits: MemoryChanges = { steps: [], waiting: ['memoryMiB'], totalMib };
  if (wanted < totalMib) {
    const surplus = modulesWorth(process, totalMib - wanted);
    const timeoutMs = desired.unplugTimeoutMs ?? UNPLUG_TIMEOUT_MS;
    return surplus
      ? done(surplus.map(({ moduleId }) => ({ step: 'remove-memory', moduleId, timeoutMs })))
      : waits;
  }
  const sizeMib = wanted - totalMib;
  const slot = freePort(new Set(process.modules.map((it) => slotOf(it.moduleId))), MEMORY_SLOTS);
  if (wanted > process.shape.maxMemoryMib || sizeMib % MEMORY_BLOCK_MIB !== 0 || slot === undefined)
    return waits;
  return done([{ step: 'add-memory', moduleId: `dimm${slot}`, sizeMib }]);
}

const slotOf = (moduleId: string): number => Number(moduleId.replace('dimm', ''));

/** Modules that together are exactly this much, the newest first; undefined when there are none such. */
function modulesWorth({ modules }: ActualProcess, sizeMib: number) {
  let left = sizeMib;
  const chosen = [...modules]
    .sort((a, b) => slotOf(b.moduleId) - slotOf(a.moduleId))
    .filter((it) => {
      if (it.sizeMib > left) return false;
      left -= it.sizeMib;
      return true;
    });
  return left === 0 ? chosen : undefined;
}

/** The step that makes the balloon leave what is wanted of `totalMib`; none when it was told so already. */
export function balloonSteps(desired: DesiredVm, takenMib: number, totalMib: number): Step[] {
  const leave = desired.machine.balloonMib ?? totalMib;
  const wanted = Math.max(0, totalMib - leave);
  return wanted === takenMib ? [] : [{ step: 'set-balloon', takenMib: wanted, totalMib }];
}

function machineChanges({ machine }: DesiredVm, { shape }: ActualProcess): string[] {
  const fields: string[] = [];
  if (machine.maxVcpus !== undefined && maxVcpus(machine) !== shape.maxVcpus) fields.push('maxVcpus');
  if (machine.maxMemoryMib !== undefined && maxMemoryMib(machine) !== shape.maxMemoryMib) {
    fields.push('maxMemoryMiB');
  }
  if (machine.type !== shape.machine.type) fields.push('machine');
  if (machine.firmware !== shape.machine.firmware) fields.push('firmware');
  if (machine.cpuModel !== shape.machine.cpuModel) fields.push('cpuModel');
  if ((machine.vnc ?? false) !== (shape.machine.vnc ?? false)) fields.push('vnc');
  if ((machine.watchdog ?? 'none') !== (shape.machine.watchdog ?? 'none')) fields.push('watchdog');
  return fields;
}
