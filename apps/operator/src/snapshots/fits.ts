/** Whether the memory of one machine can go on in another. Pure. */
import type { DesiredVm } from '#libs/contracts';
import { type ActualProcess, type LaunchedShape, type PluggedDisk, shapeOf } from '#libs/domain';

/** What differs between the machine that was saved and the one that a launch would make; empty when nothing does. */
export function differences(saved: LaunchedShape, desired: DesiredVm): string[] {
  const now = shapeOf(desired);
  const found: string[] = [];
  for (const key of Object.keys(wordsOf(saved.machine))) {
    const before = wordsOf(saved.machine)[key];
    const after = wordsOf(now.machine)[key];
    if (before !== after) found.push(`${key} ${before} then, ${after} now`);
  }
  if (text(saved.disks.map(seenByGuest)) !== text(now.disks.map(seenByGuest)))
    found.push('other disks, or in another order');
  if (text(saved.nics) !== text(now.nics)) found.push('other NICs, or in another order');
  if (
    saved.ports !== now.ports ||
    saved.maxVcpus !== now.maxVcpus ||
    saved.maxMemoryMib !== now.maxMemoryMib
  ) {
    found.push('another place for what can be plugged');
  }
  return found;
}

/** Why the memory of this process could never be loaded by another one; undefined when it can. */
export function unsavable(process: ActualProcess, desired: DesiredVm): string | undefined {
  const plugged = process.modules.length > 0 || process.vcpus !== process.shape.machine.vcpus;
  const found = plugged ? ['CPUs or memory were plugged while it ran'] : differences(process.shape, desired);
  return found.length === 0 ? undefined : found.join('; ');
}

function wordsOf(machine: LaunchedShape['machine']): Record<string, unknown> {
  const { type, vcpus, memoryMib, firmware, cpuModel, vnc = false, watchdog = 'none' } = machine;
  return { type, vcpus, memoryMib, firmware, cpuModel, vnc, watchdog };
}

/** Limits and the order of booting are nothing that a guest that runs sees. */
const seenByGuest = ({ limits, bootOrder, ...device }: PluggedDisk) => device;

const text = (places: { port: number }[]): string =>
  JSON.stringify([...places].sort((a, b) => a.port - b.port));
