import { describe, expect, it } from '@jest/globals';
import type { Command, LastExit } from '#libs/contracts';
import { TIMERS } from '#libs/domain';
import { desiredVm, VirtualClock } from '#libs/testing';
import { BeaconWatch } from '../heartbeat/beacon.js';
import type { LiveProcess } from '../runtime/live-process.js';
import { EMPTY_STATUS } from '../storage/vm-records.js';
import { refuseRepair } from './refuse-repair.js';
import { exitToAnswer } from './restart-alone.js';
import { judge } from './run-command.js';

const lastExit: LastExit = { exitSeq: 3, reason: 'crash', atMs: 1, startGeneration: 1, status: '' };
const status = { ...EMPTY_STATUS, lastExit };
const desired = desiredVm({ generation: 5 });
const process = {} as LiveProcess;

describe('a repair', () => {
  it('fits the exit and the generation it was decided for', () => {
    expect(refuseRepair({ desired, status, process: undefined }, 3, 5)).toBeUndefined();
  });

  it.each([
    ['an unknown VM', { desired: undefined, status, process: undefined }, 3, 5],
    ['a generation that was overtaken', { desired, status, process: undefined }, 3, 4],
    ['an earlier exit', { desired, status, process: undefined }, 2, 5],
    ['a VM that runs', { desired, status, process }, 3, 5],
  ])('is refused for %s', (_, vm, exitSeq, generation) => {
    expect(refuseRepair(vm, exitSeq, generation)).toEqual(expect.any(String));
  });
});

describe('an exit', () => {
  it('waits for an answer only while the VM should run, does not, and was not answered', () => {
    const vm = { desired, status, process: undefined };
    expect(exitToAnswer(vm)).toBe(lastExit);
    expect(exitToAnswer({ ...vm, process })).toBeUndefined();
    expect(exitToAnswer({ ...vm, status: { ...status, repairExitSeq: 3 } })).toBeUndefined();
    expect(exitToAnswer({ ...vm, status: EMPTY_STATUS })).toBeUndefined();
    expect(exitToAnswer({ ...vm, desired: { ...desired, power: 'stopped' } })).toBeUndefined();
    expect(exitToAnswer({ ...vm, desired: { ...desired, presence: 'deleted' } })).toBeUndefined();
    expect(exitToAnswer({ ...vm, desired: { ...desired, startGeneration: 2 } })).toBeUndefined();
  });
});

describe('a command', () => {
  const entry = (fields: Partial<Command>, attempts = 0) => ({
    command: { deadlineAtMs: 100, minGeneration: 5, ...fields } as Command,
    status: 'accepted' as const,
    attempts,
    atMs: 0,
  });

  it('runs once its generation is there, waits before, and fails late or after five attempts', () => {
    expect(judge(entry({}), { desired }, 50)).toBe('run');
    expect(judge(entry({ minGeneration: 6 }), { desired }, 50)).toBe('wait');
    expect(judge(entry({}), { desired: undefined }, 50)).toBe('wait');
    expect(judge(entry({}), { desired }, 100)).toMatchObject({ code: 'deadline_exceeded' });
    expect(judge(entry({}, 5), { desired }, 50)).toMatchObject({ code: 'internal' });
  });
});

describe('the beacon', () => {
  it('leaves the operator alone only after a silence', async () => {
    const clock = new VirtualClock();
    const beacon = new BeaconWatch(clock);
    await clock.advance(TIMERS.beaconLost);
    expect(beacon.alone).toBe(false);
    await clock.advance(1);
    expect(beacon.alone).toBe(true);
    beacon.heard();
    expect(beacon.alone).toBe(false);
  });
});
