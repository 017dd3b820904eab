import type { DesiredVm, IoLimits } from '#libs/contracts';
import type { PluggedDisk } from './actual-vm.js';
import { attachedDisks } from './headroom.js';
import type { Step } from './steps.js';

const NO_LIMITS: IoLimits = { readIops: 0, writeIops: 0, readBytesPerSecond: 0, writeBytesPerSecond: 0 };

/** Tells disks of the machine what they may do at most, where that is not what they keep to. */
export function limitSteps(desired: DesiredVm, plugged: PluggedDisk[]): Step[] {
  return attachedDisks(desired).flatMap(({ diskId, ioLimits = NO_LIMITS }): Step[] => {
    const held = plugged.find((it) => it.diskId === diskId);
    if (!held || sameLimits(held.limits ?? NO_LIMITS, ioLimits)) return [];
    return [{ step: 'limit-disk', diskId, limits: ioLimits }];
  });
}

function sameLimits(a: IoLimits, b: IoLimits): boolean {
  return (
    a.readIops === b.readIops &&
    a.writeIops === b.writeIops &&
    a.readBytesPerSecond === b.readBytesPerSecond &&
    a.writeBytesPerSecond === b.writeBytesPerSecond
  );
}

/** Disks whose cache or discard mode, or place in the order of booting, waits for the next start. */
export function modesWaiting(desired: DesiredVm, plugged: PluggedDisk[]): boolean {
  return attachedDisks(desired).some((disk) => {
    const held = plugged.find((it) => it.diskId === disk.diskId);
    if (!held) return false;
    const cache = (held.cache ?? 'writeback') !== (disk.cache ?? 'writeback');
    const order = (held.bootOrder ?? disk.bootOrder) !== disk.bootOrder;
    return cache || order || (held.discard ?? 'unmap') !== (disk.discard ?? 'unmap');
  });
}
