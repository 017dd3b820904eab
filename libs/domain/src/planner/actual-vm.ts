import type { DesiredVm, Disk, LastExit, Machine, PortForward } from '#libs/contracts';

/** What QEMU says it does; `hung` when its monitor does not answer. */
export type ProcessPhase = 'prelaunch' | 'running' | 'paused' | 'io-error' | 'hung';

/** The parts of the desired state that a process was launched with. */
export interface LaunchedShape {
  machine: Machine;
  disks: Disk[];
  nics: { nicId: string; mac: string; kind: string }[];
}

export interface ActualProcess {
  pid: number;
  phase: ProcessPhase;
  startGeneration: number;
  shape: LaunchedShape;
  /** Port forwards that QEMU holds, by NIC. */
  forwards: { nicId: string; forward: PortForward }[];
}

/** What is on a host of one VM: the other half of every plan. */
export interface ActualVm {
  /** Whether the VM's folder is there. */
  folder: boolean;
  /**
   * Disks that were made on this host. One whose file is gone since still counts: it is never made anew in silence,
   * and a launch fails with `disk_missing`.
   */
  disks: { diskId: string; sizeBytes: number }[];
  /** Digests of the images that this host holds. */
  images: string[];
  process?: ActualProcess;
  lastExit?: LastExit;
  /** The exit that an accepted repair answers; 0 when there is none. */
  repairExitSeq: number;
}

/** The shape a process gets when it is launched from this desired state. */
export function shapeOf(desired: DesiredVm): LaunchedShape {
  return {
    machine: desired.machine,
    disks: desired.disks,
    nics: desired.nics.map(({ nicId, mac, kind }) => ({ nicId, mac, kind })),
  };
}
