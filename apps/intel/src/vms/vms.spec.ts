import { describe, expect, it } from '@jest/globals';
import type { OperationEntity, PortForwardEntity, TemplateEntity, VmEntity } from '../db-operator/index.js';
import { isNewer } from '../hosts/apply-heartbeat.usecase.js';
import { diffForwards } from './diff-forwards.js';
import { planDisks } from './plan-disks.js';
import { planParts } from './plan-parts.js';
import { specChanges } from './spec-changes.js';
import { supersededBy } from './supersede.js';

describe('port forwards', () => {
  const present = [
    { id: 'a', guestPort: 80, hostPort: 30_000, protocol: 'tcp', hostAddress: '127.0.0.1' },
    { id: 'b', guestPort: 22, hostPort: 30_001, protocol: 'tcp', hostAddress: '127.0.0.1' },
  ] as PortForwardEntity[];
  const diff = (wanted: Parameters<typeof diffForwards>[1]) => {
    const { release, take } = diffForwards(present, wanted, '127.0.0.1');
    return [release.map((it) => it.id), take.map((it) => it.position)];
  };

  it('that are asked for again keep their host port', () => {
    expect(diff([{ guestPort: 22 }, { guestPort: 80, hostPort: 30_000 }])).toEqual([[], []]);
  });

  it('that are not asked for any more go, others come', () => {
    expect(diff([])).toEqual([['a', 'b'], []]);
    expect(diff([{ guestPort: 80, hostPort: 31_000 }])).toEqual([['a', 'b'], [0]]);
    expect(diff([{ guestPort: 80 }, { guestPort: 80 }])).toEqual([['b'], [1]]);
    expect(
      diff([
        { guestPort: 80, protocol: 'udp' },
        { guestPort: 22, hostAddress: '0.0.0.0' },
      ]),
    ).toEqual([
      ['a', 'b'],
      [0, 1],
    ]);
  });
});

describe('a patch', () => {
  const vm = { labels: { a: '1', b: '2' } } as unknown as VmEntity;

  it('changes only what it names; null removes a label and means nothing elsewhere', () => {
    expect(specChanges(vm, { labels: { a: null, c: '3' }, vcpus: 4 })).toEqual({
      labels: { b: '2', c: '3' },
      vcpus: 4,
    });
    expect(specChanges(vm, { name: null as never })).toEqual({});
    expect(specChanges(vm, {})).toEqual({});
  });

  it('cannot make more labels than a VM may have', () => {
    const many = Object.fromEntries(Array.from({ length: 63 }, (_, n) => [`k${n}`, 'x']));
    expect(() => specChanges(vm, { labels: many })).toThrow('labels');
  });
});

it('a new goal supersedes what contradicts it; deletion supersedes all but a deletion', () => {
  const open = ['running', 'stopped', null, 'deleted'].map(
    (goal) => ({ id: String(goal), goal }) as OperationEntity,
  );
  expect(supersededBy(open, 'running').map((it) => it.id)).toEqual(['stopped', 'deleted']);
  expect(supersededBy(open, 'deleted').map((it) => it.id)).toEqual(['running', 'stopped', 'null']);
});

it('a report is newer by a later start of its operator, then by a later sequence', () => {
  const known = { revStart: 2, revSeq: 10 };
  expect(isNewer({ startCount: 2, sequence: 11 }, known)).toBe(true);
  expect(isNewer({ startCount: 3, sequence: 1 }, known)).toBe(true);
  expect(isNewer({ startCount: 2, sequence: 10 }, known)).toBe(false);
  expect(isNewer({ startCount: 1, sequence: 99 }, known)).toBe(false);
});

describe('the parts of a new VM', () => {
  const template = { id: 't', virtualBytes: 3 * 1024 ** 3 } as TemplateEntity;
  const context = { vmId: 'v', hostId: 'h', forwardAddress: '127.0.0.1' };
  const disksContext = { vmId: 'v', project: 'p', template, free: new Map() };

  it('are one disk of the size of its template and one nic when nothing is said', () => {
    const { nics, forwards } = planParts({ name: 'x' }, context);
    expect(planDisks(undefined, disksContext).insert).toMatchObject([
      { sizeBytes: 3 * 1024 ** 3, bootOrder: 1, templateId: 't', readOnly: false },
    ]);
    expect(nics).toMatchObject([{ kind: 'user', mac: expect.stringMatching(/^52(:[0-9a-f]{2}){5}$/) }]);
    expect(forwards).toEqual([]);
    expect(planDisks(undefined, { ...disksContext, template: undefined }).insert).toEqual([]);
  });

  it('are refused with all faults when a disk has no size, or less than its image', () => {
    const plan = () => planDisks([{ sizeGiB: 2 }, {}], disksContext);
    expect(plan).toThrow('disks[0].sizeGiB, disks[1].sizeGiB');
  });
});
