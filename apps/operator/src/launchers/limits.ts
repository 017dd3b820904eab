import type { QemuSpec } from '#libs/qemu';

/** What one VM may take of its host. */
export interface VmLimits {
  /** Relative to the others when CPUs are short: 100 for each vCPU, up to 10000. */
  cpuWeight: number;
  memoryBytes: number;
}

const MIB = 1024 * 1024;
/** QEMU itself, its devices and its threads. */
const PROCESS_MIB = 512;
/** The cache of translated code that QEMU takes when it is not told a size. */
const TRANSLATIONS_MIB = 1024;
/** Page tables, and what grows with the guest. */
const SHARE = 1 / 16;

/**
 * The memory limit is head-room, not a ration: a guest that uses all that it was promised must never meet it, a
 * process that leaks must. Memory that can be plugged later is in it from the start. Pure.
 */
export function vmLimits(spec: Pick<QemuSpec, 'accelerator' | 'vcpus' | 'memory'>): VmLimits {
  const { accelerator, vcpus, memory } = spec;
  const guestMib = Math.max(memory.sizeMiB, memory.hotplug?.maxMiB ?? 0);
  const translations = accelerator.kind === 'tcg' ? (accelerator.tbSizeMiB ?? TRANSLATIONS_MIB) : 0;
  const mib = guestMib + Math.ceil(guestMib * SHARE) + PROCESS_MIB + translations;
  return { cpuWeight: Math.min(10_000, 100 * vcpus.count), memoryBytes: mib * MIB };
}
