import type { DiskCache, Firmware, ForwardProtocol, ImageFormat, MachineType } from '#libs/contracts';

/** How the guest's instructions are run. `tbSizeMiB` bounds TCG's cache of translated code. */
export type AcceleratorSpec = { kind: 'kvm' } | { kind: 'tcg'; tbSizeMiB?: number };

export interface MachineSpec {
  type: MachineType;
  /** QEMU version of the machine type, such as `7.2`; left out: the newest of the binary. */
  version?: string;
}

/** With UEFI, the code is shared and read-only; the variables belong to one VM. */
export type FirmwareSpec =
  | { kind: Extract<Firmware, 'bios'> }
  | { kind: Extract<Firmware, 'uefi'>; codePath: string; varsPath: string };

export interface VcpuSpec {
  count: number;
  /** Up to this many can be plugged while it runs; at least `count`. */
  max?: number;
}

export interface MemorySpec {
  sizeMiB: number;
  /** Slots for memory plugged while it runs, and the limit of the sum. */
  hotplug?: { slots: number; maxMiB: number };
}

/** One file of a disk. */
export interface LayerSpec {
  path: string;
  format: ImageFormat;
}

/** Limits of one disk; 0 or absent is no limit. */
export interface ThrottleSpec {
  iopsTotal?: number;
  bytesPerSecond?: number;
}

/** `none` bypasses the host's page cache; `writethrough` flushes each write; `unsafe` ignores the guest's flushes. */
export type CacheMode = DiskCache;

export interface DiskSpec {
  /** UUID; node names, device id and serial are made of it. */
  id: string;
  /** Top first; each lies upon the next, and no header inside an image is followed. */
  layers: [LayerSpec, ...LayerSpec[]];
  readOnly?: boolean;
  /** The lowest boots first; absent: never. */
  bootIndex?: number;
  cache?: CacheMode;
  /** Whether the guest's discards free space in the file. Default true. */
  discard?: boolean;
  throttle?: ThrottleSpec;
  /** Fixed PCI port; absent: the lowest free one. */
  port?: number;
}

export interface ForwardSpec {
  protocol: ForwardProtocol;
  /** IPv4 address of the host to listen on. */
  hostAddress: string;
  hostPort: number;
  guestPort: number;
}

export type NicBackendSpec =
  | { kind: 'user'; forwards: ForwardSpec[] }
  /** An open tap: the number of a descriptor that QEMU inherits, or the name it was given by `getfd`. */
  | { kind: 'tap'; fd: string };

export interface NicSpec {
  /** UUID; netdev and device ids are made of it. */
  id: string;
  mac: string;
  backend: NicBackendSpec;
  /** Fixed PCI port; absent: the lowest free one. */
  port?: number;
}

export const WATCHDOG_ACTIONS = ['reset', 'poweroff', 'pause', 'none'] as const;
export type WatchdogAction = (typeof WATCHDOG_ACTIONS)[number];

/** Everything that decides the command line of one VM. Paths are absolute. */
export interface QemuSpec {
  /** UUID of the VM. */
  vmId: string;
  accelerator: AcceleratorSpec;
  machine: MachineSpec;
  firmware: FirmwareSpec;
  /** A QEMU CPU model; absent or empty: the best for the accelerator. */
  cpuModel?: string;
  vcpus: VcpuSpec;
  memory: MemorySpec;
  disks: DiskSpec[];
  nics: NicSpec[];
  /** ISO image with the guest's first configuration, given as a read-only disk. */
  seedPath?: string;
  pidFile: string;
  qmpSocket: string;
  serial: { socket: string; logPath: string };
  /** Absent: no channel for the guest agent. */
  guestAgentSocket?: string;
  /** Default true. */
  balloon?: boolean;
  /** Empty root ports for devices plugged while it runs; only q35 has them. Default 0. */
  sparePorts?: number;
  /** A screen, shared over VNC on this unix socket. */
  vncSocket?: string;
  watchdog?: WatchdogAction;
  /** Reports guest panics as events. Default false. */
  panicDevice?: boolean;
  /** Whether a reboot from within the guest restarts it in place (`reset`) or ends QEMU. Default `reset`. */
  onReboot?: 'reset' | 'exit';
}
