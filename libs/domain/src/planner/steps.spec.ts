import { describe, expect, it } from '@jest/globals';
import { changesOpenDisks, describeStep, type Step } from './steps.js';

const limits = { readIops: 1, writeIops: 0, readBytesPerSecond: 0, writeBytesPerSecond: 0 };
const restore = { snapshotId: 's', restoreGeneration: 2 };

/** Steps that no plan of the other tests has, and what a person reads of them. */
const STEPS: [Step, string][] = [
  [{ step: 'ensure-network', nicId: 'n' }, 'ensure-network n'],
  [{ step: 'reserve-address', nicId: 'n' }, 'reserve-address n'],
  [{ step: 'make-tap', nicId: 'n' }, 'make-tap n'],
  [{ step: 'remove-tap', nicId: 'n' }, 'remove-tap n'],
  [{ step: 'limit-disk', diskId: 'd', limits }, 'limit-disk d'],
  [{ step: 'check-restore', snapshotId: 's' }, 'check-restore of snapshot s'],
  [{ step: 'rewind-disks', ...restore, last: true }, 'rewind-disks of snapshot s'],
  [{ step: 'load-memory', ...restore }, 'load-memory of snapshot s'],
  [{ step: 'set-balloon', takenMib: 1, totalMib: 3 }, 'set-balloon to take 1 of 3 MiB'],
  [{ step: 'remove-memory', moduleId: 'dimm0', timeoutMs: 5 }, 'remove-memory dimm0 within 5 ms'],
];

describe('a step', () => {
  it.each(STEPS)('%j is read by a person', (step, text) => {
    expect(describeStep(step)).toBe(text);
  });

  it('waits for a copy of the disks when it opens, changes or removes one', () => {
    const waits: Step[] = [
      { step: 'grow-disk', diskId: 'd', sizeBytes: 1 },
      { step: 'rewind-disks', ...restore, last: true },
      { step: 'launch', startGeneration: 1 },
      { step: 'load-memory', ...restore },
      { step: 'attach-disk', diskId: 'd', port: 1 },
      { step: 'detach-disk', diskId: 'd', timeoutMs: 1 },
      { step: 'remove-disk', diskId: 'd' },
      { step: 'forget', keepDisks: true },
    ];
    expect(waits.filter((it) => !changesOpenDisks(it))).toEqual([]);
    const others: Step[] = [
      { step: 'create-disk', diskId: 'd' },
      { step: 'fetch-image', digest: 'i' },
      { step: 'pause' },
      { step: 'resume' },
      { step: 'power-off' },
    ];
    expect(others.filter(changesOpenDisks)).toEqual([]);
  });
});
