import { describe, expect, it } from '@jest/globals';
import type { DesiredVm, ExitReason } from '#libs/contracts';
import type { ActualVm, ProcessPhase } from './actual-vm.js';
import { observeState } from './observe-state.js';

const desired = {
  presence: 'present',
  power: 'running',
  restart: { policy: 'on-failure', maxRetries: 2, windowSeconds: 60 },
} as DesiredVm;
const idle = { restarts: 0 };
const off: ActualVm = { folder: true, disks: [], images: [], repairExitSeq: 0 };
const at = (phase: ProcessPhase): ActualVm => ({
  ...off,
  process: {
    pid: 1,
    phase,
    startGeneration: 1,
    shape: {} as never,
    forwards: [],
    vcpus: 1,
    modules: [],
    missing: [],
  },
});
const ended = (reason: ExitReason): ActualVm => ({
  ...off,
  lastExit: { exitSeq: 1, reason, atMs: 0, startGeneration: 1, status: '' },
});

describe('observeState', () => {
  it.each([
    ['running', 'running', ''],
    ['paused', 'paused', ''],
    ['prelaunch', 'paused', ''],
    ['io-error', 'paused', 'io-error'],
    ['hung', 'unknown', 'monitor-hung'],
  ] as const)('calls a process in phase %s %s', (phase, state, reason) => {
    expect(observeState(desired, at(phase), idle)).toEqual({ state, reason });
  });

  it.each([
    ['crash', 'crashed'],
    ['killed', 'crashed'],
    ['host-reboot', 'crashed'],
    ['guest-shutdown', 'stopped'],
    ['requested', 'stopped'],
  ] as const)('calls a VM that ended by %s %s', (reason, state) => {
    expect(observeState(desired, ended(reason), idle)).toEqual({ state, reason });
  });

  it('tells a crash loop from a crash by the restarts counted', () => {
    expect(observeState(desired, ended('crash'), { restarts: 2 }).state).toBe('crash-loop');
  });

  it('is pending before anything happened, and failed with the code of what failed', () => {
    expect(observeState(desired, off, idle).state).toBe('pending');
    const failure = { code: 'storage_full', message: '' };
    expect(observeState(desired, off, { ...idle, failure })).toEqual({
      state: 'failed',
      reason: 'storage_full',
    });
  });

  it('says what is being done', () => {
    expect(observeState(desired, off, { ...idle, step: 'create-disk' }).state).toBe('provisioning');
    expect(observeState(desired, off, { ...idle, step: 'launch' }).state).toBe('starting');
    expect(observeState(desired, at('running'), { ...idle, step: 'ask-guest-off' }).state).toBe('stopping');
    expect(observeState(desired, at('paused'), { ...idle, step: 'resume' }).state).toBe('paused');
    expect(observeState(desired, at('prelaunch'), { ...idle, step: 'resume' }).state).toBe('starting');
  });

  it.each([
    ['fetch-image', 'provisioning'],
    ['create-disk', 'provisioning'],
    ['grow-disk', 'provisioning'],
    ['rewind-disks', 'provisioning'],
    ['ensure-network', 'provisioning'],
    ['reserve-address', 'provisioning'],
    ['make-tap', 'provisioning'],
    ['make-seed', 'starting'],
    ['launch', 'starting'],
    ['load-memory', 'starting'],
    ['ask-guest-off', 'stopping'],
    ['power-off', 'stopping'],
    ['remove-disk', 'deleting'],
    ['forget', 'deleting'],
  ] as const)('is in the step %s %s, and says no more', (step, state) => {
    expect(observeState(desired, off, { ...idle, step })).toEqual({ state, reason: '' });
  });

  it.each(['check-restore', 'remove-tap', 'resume', 'attach-disk', 'detach-nic', 'set-balloon'] as const)(
    'is what it was in the step %s',
    (step) => {
      expect(observeState(desired, at('running'), { ...idle, step }).state).toBe('running');
      expect(observeState(desired, off, { ...idle, step })).toEqual({ state: 'pending', reason: '' });
    },
  );

  it('is stopped when it is to be, and says how it ended', () => {
    const wanted = { ...desired, power: 'stopped' } as const;
    expect(observeState(wanted, ended('crash'), idle)).toEqual({ state: 'stopped', reason: 'crash' });
    expect(observeState(wanted, off, idle)).toEqual({ state: 'stopped', reason: '' });
  });

  it('is deleting until nothing is left, then absent', () => {
    const deleted = { ...desired, presence: 'deleted' } as DesiredVm;
    expect(observeState(deleted, off, idle)).toEqual({ state: 'deleting', reason: '' });
    expect(observeState(deleted, { ...off, folder: false }, idle)).toEqual({
      state: 'absent',
      reason: 'deleted',
    });
    const failure = { code: 'internal', message: '' };
    expect(observeState(deleted, off, { ...idle, failure }).state).toBe('failed');
  });
});
