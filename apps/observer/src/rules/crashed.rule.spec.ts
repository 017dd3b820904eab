import { describe, expect, it } from '@jest/globals';
import type { DesiredVm, LastExit, VmReport } from '#libs/contracts';
import { crashed } from './crashed.rule.js';
import { findDrift } from './rules.js';

const NOW = 10_000;
const exit: LastExit = {
  exitSeq: 4,
  reason: 'killed',
  atMs: 9_000,
  startGeneration: 2,
  status: 'signal SIGKILL',
};
const desired = {
  vmId: 'v',
  hostId: 'h',
  generation: 5,
  startGeneration: 2,
  presence: 'present',
  power: 'running',
  restart: { policy: 'on-failure', maxRetries: 3, windowSeconds: 60 },
} as DesiredVm;
const observed = {
  vmId: 'v',
  state: 'crashed',
  acceptedGeneration: 5,
  observedGeneration: 5,
  repairedExitSeq: 3,
  nextRestartAtMs: 9_000,
  lastExit: exit,
} as VmReport;

const ask = (want: Partial<DesiredVm>, seen: Partial<VmReport>) =>
  crashed({ ...desired, ...want }, { ...observed, ...seen }, NOW);

describe('the rule crashed', () => {
  it('repairs a VM whose process was killed', () => {
    expect(findDrift(desired, observed, NOW)).toEqual({
      rule: 'crashed',
      vmId: 'v',
      hostId: 'h',
      generation: 5,
      exitSeq: 4,
      expected: 'running',
      seen: 'crashed (killed, signal SIGKILL)',
      since: 9_000,
      decision: { kind: 'repair', why: 'policy on-failure answers killed' },
    });
  });

  it('waits for the time of the next try', () => {
    expect(ask({}, { nextRestartAtMs: 12_000, state: 'crash-loop' })?.decision).toMatchObject({
      kind: 'wait',
      untilMs: 12_000,
    });
  });

  it('leaves a guest alone that powered itself off, unless the policy is always', () => {
    const off = { state: 'stopped', lastExit: { ...exit, reason: 'guest-shutdown', status: '' } } as const;
    expect(ask({}, off)?.decision.kind).toBe('leave');
    const always = { ...desired.restart, policy: 'always' } as const;
    expect(ask({ restart: always }, off)?.decision.kind).toBe('repair');
  });

  it.each([
    ['it is not to run', { power: 'stopped' as const }, {}],
    ['it is to be deleted', { presence: 'deleted' as const }, {}],
    ['it was not seen', {}, { state: 'unknown' as const }],
    ['it runs', {}, { state: 'running' as const }],
    ['its host never saw an exit', {}, { lastExit: undefined }],
    ['a repair answered this exit already', {}, { repairedExitSeq: 4 }],
    ['a change is on its way to the host', { generation: 6 }, {}],
    ['a change is being carried out', {}, { observedGeneration: 4 }],
    ['a start is on its way', { startGeneration: 5 }, {}],
  ])('finds nothing when %s', (_why, want, seen) => {
    expect(ask(want, seen)).toBeUndefined();
  });
});
