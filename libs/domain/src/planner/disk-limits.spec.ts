import { describe, expect, it } from '@jest/globals';
import { desiredVm } from '#libs/testing';
import { shapeOf } from './actual-vm.js';
import { modesWaiting } from './disk-limits.js';

const disk = { diskId: 'a', bootOrder: 1, sizeBytes: 1, readOnly: false };
const launched = shapeOf(desiredVm({ disks: [disk] })).disks;
const waits = (change: object, held = launched) =>
  modesWaiting(desiredVm({ disks: [{ ...disk, ...change }] }), held);

describe('a disk of a machine that runs', () => {
  it('waits for nothing while it is as it was launched', () => {
    expect(waits({})).toBe(false);
    expect(waits({ cache: 'writeback', discard: 'unmap' })).toBe(false);
  });

  it('waits for the next start with another mode, or another place in the order of booting', () => {
    expect(waits({ cache: 'none' })).toBe(true);
    expect(waits({ discard: 'ignore' })).toBe(true);
    expect(waits({ bootOrder: 0 })).toBe(true);
  });

  it('waits for nothing with the place that it was plugged with, or that an older version did not note', () => {
    expect(waits({ bootOrder: 4 }, [{ diskId: 'a', port: 0 }])).toBe(false);
  });
});
