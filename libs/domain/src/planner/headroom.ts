import type { DesiredVm, Disk, Machine, MachineType } from '#libs/contracts';

/** Each free PCI port costs a launch some 2 %, so there are few. */
const SPARE_PORTS = 4;
/** `pc` has this many places on its one bus, and every one can be plugged into. */
const PC_PORTS = 15;
const AUTO_VCPUS_MAX = 240;
/**
 * With memory to come above 4 GiB, a Linux guest sets 64 MiB aside for bounce buffers; a small guest cannot spare
 * them, so it gets headroom only when it is asked for.
 */
const AUTO_HEADROOM_FROM_MIB = 1024;

export const MEMORY_SLOTS = 8;
/** Linux takes memory in blocks of this size. */
export const MEMORY_BLOCK_MIB = 128;
export const UNPLUG_TIMEOUT_MS = 30_000;

/** Can devices, CPUs and memory be plugged into a running machine of this type? */
export const isPluggable = (type: MachineType): boolean => type !== 'microvm';

export function maxVcpus({ type, vcpus, maxVcpus: wanted }: Machine): number {
  if (!isPluggable(type)) return vcpus;
  return Math.max(vcpus, wanted ?? Math.min(Math.max(2 * vcpus, 4), AUTO_VCPUS_MAX));
}

export function maxMemoryMib({ type, memoryMib, maxMemoryMib: wanted }: Machine): number {
  if (!isPluggable(type)) return memoryMib;
  const automatic = memoryMib >= AUTO_HEADROOM_FROM_MIB ? 2 * memoryMib : memoryMib;
  return Math.max(memoryMib, wanted ?? automatic);
}

/** PCI ports of a machine that is launched with `used` devices in them. */
export function portsOf(type: MachineType, used: number): number {
  switch (type) {
    case 'q35':
      return used + SPARE_PORTS;
    case 'pc':
      return Math.max(used, PC_PORTS);
    case 'microvm':
      return used;
  }
}

export const isAttached = (disk: Disk): boolean => (disk.presence ?? 'attached') === 'attached';

/** The disks that are to be in the machine. */
export const attachedDisks = (desired: DesiredVm): Disk[] => desired.disks.filter(isAttached);
