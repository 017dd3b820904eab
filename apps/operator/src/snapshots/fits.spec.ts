import { describe, expect, it } from '@jest/globals';
import { freshProcess, shapeOf } from '#libs/domain';
import { desiredVm } from '#libs/testing';
import { differences, unsavable } from './fits.js';

const disk = (diskId: string) => ({ diskId, bootOrder: 0, sizeBytes: 1, readOnly: false });
const vm = desiredVm({ disks: [disk('a'), disk('b')] });
const process = {
  pid: 1,
  phase: 'running' as const,
  startGeneration: 1,
  shape: shapeOf(vm),
  forwards: [],
  ...freshProcess(shapeOf(vm)),
};

describe('a saved machine', () => {
  it('fits the VM that it was taken of', () => {
    expect(differences(shapeOf(vm), vm)).toEqual([]);
    expect(unsavable(process, vm)).toBeUndefined();
  });

  it('does not fit another machine, and what differs is named', () => {
    const machine = { ...vm.machine, vcpus: vm.machine.vcpus + 1, memoryMib: 999 };
    const found = differences(shapeOf(vm), { ...vm, machine }).join('; ');
    expect(found).toContain(`vcpus ${vm.machine.vcpus} then, ${vm.machine.vcpus + 1} now`);
    expect(found).toContain('memoryMib');
  });

  it('does not fit other disks, or the same ones in another order', () => {
    const swapped = { ...vm, disks: [disk('b'), disk('a')] };
    expect(differences(shapeOf(vm), swapped)).toEqual(['other disks, or in another order']);
    expect(differences(shapeOf(vm), { ...vm, disks: [disk('a')] })).not.toEqual([]);
  });

  it('fits whatever its disks were told to keep to, and wherever the next start looks first', () => {
    const limits = { readIops: 5, writeIops: 0, readBytesPerSecond: 0, writeBytesPerSecond: 0 };
    const shape = {
      ...process.shape,
      disks: process.shape.disks.map((it) => ({ ...it, limits, bootOrder: 7 })),
    };
    expect(unsavable({ ...process, shape }, vm)).toBeUndefined();
  });

  it('cannot be saved with what was plugged while it ran', () => {
    const plugged = { ...process, modules: [{ moduleId: 'dimm0', sizeMib: 128 }] };
    expect(unsavable(plugged, vm)).toContain('plugged');
    expect(unsavable({ ...process, vcpus: process.vcpus + 1 }, vm)).toContain('plugged');
  });
});
