import { describe, expect, it } from '@jest/globals';
import { desiredVm } from '#libs/testing';
import { shapeOf } from './actual-vm.js';
import { limitSteps, modesWaiting } from './disk-limits.js';

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

describe('the limits of a disk', () => {
  const none = { readIops: 0, writeIops: 0, readBytesPerSecond: 0, writeBytesPerSecond: 0 };
  const ioLimits = { readIops: 1, writeIops: 2, readBytesPerSecond: 3, writeBytesPerSecond: 4 };
  const steps = (wanted: object, held?: object) =>
    limitSteps(desiredVm({ disks: [disk, { ...disk, diskId: 'b', ...wanted }] }), [
      ...launched,
      { diskId: 'b', port: 1, ...held },
    ]);

  it('are told when they are not the ones that it keeps to, whichever of them differs', () => {
    expect(steps({ ioLimits })).toEqual([{ step: 'limit-disk', diskId: 'b', limits: ioLimits }]);
    expect(steps({ ioLimits }, { limits: ioLimits })).toEqual([]);
    for (const key of Object.keys(ioLimits)) {
      expect(steps({ ioLimits: { ...ioLimits, [key]: 9 } }, { limits: ioLimits })).toHaveLength(1);
    }
  });

  it('are lifted when there are to be none', () => {
    expect(steps({}, { limits: ioLimits })).toEqual([{ step: 'limit-disk', diskId: 'b', limits: none }]);
    expect(steps({ ioLimits: none })).toEqual([]);
    expect(steps({})).toEqual([]);
  });

  it('wait for a disk that the machine does not have', () => {
    const wanted = desiredVm({ disks: [disk, { ...disk, diskId: 'c', ioLimits }] });
    expect(limitSteps(wanted, launched)).toEqual([]);
    expect(modesWaiting(wanted, launched)).toBe(false);
  });
});
