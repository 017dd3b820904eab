import { describe, expect, it } from '@jest/globals';
import type { VmReport } from '#libs/contracts';
import { vmReport } from '#libs/testing';
import type { OperationEntity, VmEntity } from '../db-operator/index.js';
import { decideReport } from './decide-report.js';

const vm = (fields: Partial<VmEntity> = {}) =>
  ({
    generation: 3,
    startGeneration: 2,
    presence: 'present',
    desiredPower: 'running',
    restartPolicy: 'on-failure',
    ...fields,
  }) as VmEntity;

const operation = (fields: Partial<OperationEntity> = {}) =>
  ({ id: 'op', status: 'queued', generation: 3, exitSeq: null, command: null, ...fields }) as OperationEntity;

const decide = (report: Partial<VmReport>, open: OperationEntity[] = [], of = vm()) =>
  decideReport(of, open, vmReport({ acceptedGeneration: 3, observedGeneration: 3, ...report }));

const exit = (fields: object = {}) => ({
  exitSeq: 1,
  reason: 'guest-shutdown' as const,
  atMs: 7,
  startGeneration: 2,
  status: '',
  ...fields,
});

describe('an operation', () => {
  it('ends with the generation it asked for, well or with the code of the failure', () => {
    expect(decide({}, [operation()]).operations).toEqual([{ id: 'op', end: { status: 'succeeded' } }]);
    const failure = { code: 'storage_full', message: 'm' };
    expect(decide({ failure }, [operation()]).operations[0]?.end).toEqual({ status: 'failed', ...failure });
  });

  it('has begun once its generation was accepted, and goes on until then', () => {
    expect(decide({ observedGeneration: 2 }, [operation()]).operations).toEqual([
      { id: 'op', end: undefined },
    ]);
    expect(decide({ observedGeneration: 2, acceptedGeneration: 2 }, [operation()]).operations).toEqual([]);
    expect(decide({ observedGeneration: 2 }, [operation({ status: 'running' })]).operations).toEqual([]);
  });

  it('of a command is not closed by a report', () => {
    expect(decide({}, [operation({ command: 'reset', generation: null })]).operations).toEqual([]);
  });

  it('of a repair ends when it runs, failed, or ended again, and not while it is being taken up', () => {
    const repair = operation({ exitSeq: 4, generation: null });
    const ended = (report: Partial<VmReport>) => decide(report, [repair]).operations[0]?.end?.status;
    expect(ended({ repairedExitSeq: 3 })).toBeUndefined();
    expect(ended({ repairedExitSeq: 4, pid: 0 })).toBeUndefined();
    expect(ended({ repairedExitSeq: 4, pid: 1 })).toBe('succeeded');
    expect(ended({ repairedExitSeq: 4, pid: 0, lastExit: exit({ exitSeq: 5 }) })).toBe('succeeded');
    expect(ended({ repairedExitSeq: 4, pid: 0, failure: { code: 'image_missing', message: '' } })).toBe(
      'failed',
    );
  });
});

describe('a guest that did not obey', () => {
  const failure = { code: 'guest_refused', message: 'm' };
  const asked = { stopAskGuest: true, stopThenForce: false };
  const running = { state: 'running' as const, pid: 7, startGeneration: 2, failure };

  it('goes on running, and nobody asks it again by the way', () => {
    const back = { kind: 'guest-refused', startGeneration: 2 };
    expect(decide(running, [], vm({ ...asked, desiredPower: 'stopped' })).followUp).toEqual(back);
    expect(decide(running, [], vm({ ...asked, startGeneration: 3 })).followUp).toEqual(back);
  });

  it.each<[string, Partial<VmReport>, Partial<VmEntity>]>([
    ['was to be forced', running, { stopAskGuest: true, stopThenForce: true, desiredPower: 'stopped' }],
    ['has ended meanwhile', { ...running, pid: 0 }, { ...asked, desiredPower: 'stopped' }],
    ['refused something else', running, asked],
    [
      'refused an earlier change',
      { ...running, observedGeneration: 2 },
      { ...asked, desiredPower: 'stopped' },
    ],
  ])('is left to its fate when it %s', (_, report, row) => {
    expect(decide(report, [], vm(row)).followUp.kind).toBe('none');
  });
});

describe('a guest that powered itself off', () => {
  const down = { state: 'stopped' as const, pid: 0, lastExit: exit() };

  it('is taken for what is wanted', () => {
    expect(decide(down).followUp.kind).toBe('guest-shutdown');
    expect(decide(down, [], vm({ restartPolicy: 'never' })).followUp.kind).toBe('guest-shutdown');
  });

  it.each<[string, Partial<VmReport>, Partial<VmEntity>]>([
    ['whose policy is always', down, { restartPolicy: 'always' }],
    ['that was started anew since then', down, { startGeneration: 3 }],
    ['that is stopped already', down, { desiredPower: 'stopped' }],
    ['that runs again', { ...down, pid: 4 }, {}],
    ['that crashed instead', { ...down, lastExit: exit({ reason: 'crash' }) }, {}],
    ['that is being deleted', down, { presence: 'deleted' }],
  ])('%s changes nothing', (_what, report, fields) => {
    expect(decide(report, [], vm(fields)).followUp.kind).toBe('none');
  });
});

describe('a deleted VM', () => {
  it('is removed once its host has confirmed this very deletion', () => {
    const deleted = vm({ presence: 'deleted' });
    expect(decide({ state: 'absent' }, [], deleted).followUp.kind).toBe('remove');
    expect(decide({ state: 'absent', observedGeneration: 2 }, [], deleted).followUp.kind).toBe('none');
    expect(decide({ state: 'deleting' }, [], deleted)).toMatchObject({ followUp: { kind: 'none' } });
    expect(decide({ state: 'absent' }, [], deleted).seen.state).toBe('deleting');
    expect(decide({ state: 'absent' }).seen.state).toBe('pending');
  });
});

it('a host that is ahead makes the spec be written above it', () => {
  expect(decide({ acceptedGeneration: 9, startGeneration: 8 }).followUp).toEqual({
    kind: 'reassert',
    above: { generation: 9, startGeneration: 8 },
  });
});
