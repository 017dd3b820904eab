import type {
  DesiredVm,
  DiskCache,
  DiskDiscard,
  IoLimits,
  LastExit,
  Machine,
  PortForward,
} from '#libs/contracts';
import { attachedDisks, maxMemoryMib, maxVcpus, portsOf } from './headroom.js';

/** What QEMU says it does; `hung` when its monitor does not answer. */
export type ProcessPhase = 'prelaunch' | 'running' | 'paused' | 'io-error' | 'hung';

export interface PluggedDisk {
  diskId: string;
  port: number;
  /** As it was opened; absent: the defaults. */
  cache?: DiskCache;
  discard?: DiskDiscard;
  /** With which place it was launched; absent: plugged since, where no firmware looks before the next start. */
  bootOrder?: number;
  /** What it was last told to keep to. */
  limits?: IoLimits;
}

export interface PluggedNic {
  nicId: string;
  mac: string;
  kind: string;
  port: number;
}

export interface PluggedSeed {
  instanceId: string;
  port: number;
}

/**
 * What a process was launched with, and what was plugged into it since. It is durable before a device is plugged and
 * until the last of it is gone, so that whoever adopts the process knows which port holds what.
 */
export interface LaunchedShape {
  /** As it was launched. */
  machine: Machine;
  disks: PluggedDisk[];
  nics: PluggedNic[];
  /** The disk with its first configuration; its port is never given to another device. */
  seed?: PluggedSeed;
  /** How many PCI ports there are, the free ones included; they count from 0. */
  ports: number;
  maxVcpus: number;
  maxMemoryMib: number;
  /** What the balloon was last told to take from the guest. */
  balloonTakenMib: number;
}

/** Memory that was plugged while the guest ran. */
export interface MemoryModule {
  moduleId: string;
  sizeMib: number;
}

export interface ActualProcess {
  pid: number;
  phase: ProcessPhase;
  startGeneration: number;
  shape: LaunchedShape;
  /** Port forwards that QEMU holds, by NIC. */
  forwards: { nicId: string; forward: PortForward }[];
  /** CPUs that are plugged now. */
  vcpus: number;
  modules: MemoryModule[];
  /** Disks and NICs of the shape that QEMU does not have (any more, or yet). */
  missing: string[];
}

/** What a host made for a NIC on a bridge: its network, reservation and tap. */
export interface Wire {
  nicId: string;
  /** All of it is there and as the desired state has it. */
  current: boolean;
}

/** What is on a host of one VM: the other half of every plan. */
export interface ActualVm {
  /** Whether the VM's folder is there. */
  folder: boolean;
  /**
   * Disks that were made on this host. One whose file is gone since still counts: it is never made anew in silence,
   * and a launch fails with `disk_missing`.
   */
  disks: { diskId: string; sizeBytes: number; missing?: boolean }[];
  /** Digests of the images that this host holds. */
  images: string[];
  /** Absent for none. */
  wires?: Wire[];
  process?: ActualProcess;
  lastExit?: LastExit;
  /** The exit that an accepted repair answers; 0 when there is none. */
  repairExitSeq: number;
  /** The newest restore that was carried out; absent: none was. */
  restoredGeneration?: number;
}

/** The shape a process gets when it is launched from this desired state. NICs come first, as the guest names them so. */
export function shapeOf(desired: DesiredVm): LaunchedShape {
  const { machine, nics } = desired;
  const disks = attachedDisks(desired);
  const devices = nics.length + disks.length;
  const seed = desired.cloudInit && { instanceId: desired.cloudInit.instanceId, port: devices };
  return {
    machine,
    nics: nics.map(({ nicId, mac, kind }, port) => ({ nicId, mac, kind, port })),
    disks: disks.map(({ diskId, cache, discard, bootOrder }, index) => ({
      diskId,
      port: nics.length + index,
      ...(cache && { cache }),
      ...(discard && { discard }),
      bootOrder,
    })),
    ...(seed && { seed }),
    ports: portsOf(machine.type, devices + (seed ? 1 : 0)),
    maxVcpus: maxVcpus(machine),
    maxMemoryMib: maxMemoryMib(machine),
    balloonTakenMib: 0,
  };
}

/** A process right after its launch from a shape. */
export function freshProcess(shape: LaunchedShape): Pick<ActualProcess, 'vcpus' | 'modules' | 'missing'> {
  return { vcpus: shape.machine.vcpus, modules: [], missing: [] };
}

export function totalMemoryMib({ shape, modules }: Pick<ActualProcess, 'shape' | 'modules'>): number {
  return modules.reduce((sum, { sizeMib }) => sum + sizeMib, shape.machine.memoryMib);
}
