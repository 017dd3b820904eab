import { describe, expect, it } from '@jest/globals';
import { repairEnd, type SeenRun } from './repair-end.js';

const end = (seen: Partial<SeenRun>) =>
  repairEnd(4, {
    pid: 0,
    exitSeq: 4,
    repairedExitSeq: 3,
    failureCode: '',
    failureMessage: '',
    wanted: true,
    ...seen,
  })?.status;

describe('the repair of an exit', () => {
  it('is open while its exit is not known, or nothing answered it', () => {
    expect(end({ exitSeq: 3, pid: 7 })).toBeUndefined();
    expect(end({})).toBeUndefined();
    expect(end({ repairedExitSeq: 4 })).toBeUndefined();
  });

  it('succeeded when the VM runs by it, or ran and ended again, and failed with the code of the start', () => {
    expect(end({ repairedExitSeq: 4, pid: 7 })).toBe('succeeded');
    expect(end({ repairedExitSeq: 4, exitSeq: 5 })).toBe('succeeded');
    expect(end({ repairedExitSeq: 4, failureCode: 'image_missing' })).toBe('failed');
  });

  it('is overtaken when the VM runs, ended again or shall not run, without it', () => {
    expect(end({ pid: 7 })).toBe('cancelled');
    expect(end({ exitSeq: 5 })).toBe('cancelled');
    expect(end({ wanted: false })).toBe('cancelled');
    expect(end({ wanted: false, repairedExitSeq: 4 })).toBe('cancelled');
  });
});
