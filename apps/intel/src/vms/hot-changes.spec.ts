import { describe, expect, it } from '@jest/globals';
import type { VmReport } from '#libs/contracts';
import type { DiskPatch, NicPatch } from '#libs/contracts/http';
import type { VmanError } from '#libs/errors';
import {
  type DiskEntity,
  type NicEntity,
  newDisk,
  type VmEntity,
  type VmParts,
} from '../db-operator/index.js';
import { planDiskChanges } from './plan-disk-changes.js';
import { planNicChanges } from './plan-nic-changes.js';
import { settleParts } from './settle-parts.js';

const GIB = 1024 ** 3;
const vm = {
  id: 'v',
  generation: 4,
  presence: 'present',
  desiredPower: 'running',
  memoryMib: 256,
} as VmEntity;
const disk = (id: string, position: number, presence: DiskEntity['presence'] = 'attached'): DiskEntity =>
  newDisk({
    id,
    project: 'p',
    vmId: 'v',
    position,
    bootOrder: position + 1,
    sizeBytes: 2 * GIB,
    presence,
    presenceGeneration: 1,
  });
const nic = (id: string, position: number, presence: NicEntity['presence'] = 'attached'): NicEntity => ({
  id,
  vmId: 'v',
  position,
  kind: 'user',
  mac: '52:00:00:00:00:01',
  networkId: null,
  presence,
  presenceGeneration: 1,
});
const parts = (fields: Partial<VmParts> = {}): VmParts => ({
  disks: [disk('root', 0), disk('data', 1), disk('kept', 2, 'detached')],
  leavingDisks: [],
  nics: [nic('a', 0), nic('b', 1)],
  leavingNics: [],
  forwards: [],
  addresses: [],
  networks: new Map(),
  foreign: [],
  shownElsewhere: [],
  templates: new Map(),
  ...fields,
});
const faultsOf = (work: () => unknown) => {
  try {
    work();
  } catch (error) {
    return (error as VmanError).fields?.map((it) => `${it.field} ${it.code}`);
  }
  return undefined;
};

describe('a new list of disks', () => {
  const change = (wanted: DiskPatch[]) => planDiskChanges(vm, parts(), wanted);
  const all = [{ id: 'root' }, { id: 'data' }, { id: 'kept' }];

  it('changes nothing when it names what is there', () => {
    expect(Object.values(change(all)).flat()).toEqual([]);
  });

  it('adds, grows, attaches, detaches, and lets go what it leaves out', () => {
    const changes = change([{ id: 'root', sizeGiB: 3 }, { id: 'kept', attached: true }, { sizeGiB: 1 }]);
    expect(changes).toMatchObject({
      grow: [{ id: 'root', sizeBytes: 3 * GIB }],
      attach: ['kept'],
      leave: ['data'],
      insert: [{ position: 3, bootOrder: 4, sizeBytes: GIB, presence: 'attached', presenceGeneration: 5 }],
    });
    expect(change([{ id: 'root' }, { id: 'data', attached: false }, { id: 'kept' }]).detach).toEqual([
      'data',
    ]);
  });

  it('never takes the place of a disk that is on its way out', () => {
    const leavingDisks = [disk('gone', 7, 'leaving')];
    const changes = planDiskChanges(vm, parts({ leavingDisks }), [...all, { sizeGiB: 1 }]);
    expect(changes.insert[0]?.position).toBe(8);
  });

  it('is refused with all its faults at once', () => {
    const wanted = [
      { id: 'root', sizeGiB: 1 },
      { id: 'data', readOnly: true },
      { id: 'data' },
      { id: 'foreign' },
      {},
    ];
    expect(faultsOf(() => change(wanted))).toEqual([
      'disks[0].sizeGiB shrink',
      'disks[1].readOnly immutable',
      'disks[2].id duplicate',
      'disks[3].id unknown',
      'disks[4].sizeGiB required',
    ]);
  });

  it('says in which order the guest looks for something to boot', () => {
    expect(
      change([{ id: 'root', bootOrder: 2 }, { id: 'data', bootOrder: 1 }, { id: 'kept' }]).update,
    ).toEqual([
      { id: 'root', change: { bootOrder: 2 } },
      { id: 'data', change: { bootOrder: 1 } },
    ]);
    const behind = change([{ id: 'root', bootOrder: 9 }, ...all.slice(1), { sizeGiB: 1 }, { sizeGiB: 1 }]);
    expect(behind.insert.map((it) => it.bootOrder)).toEqual([10, 11]);
  });

  it('never gives two disks the same place in that order', () => {
    const never = [
      { id: 'root', bootOrder: 0 },
      { id: 'data', bootOrder: 0 },
      { id: 'kept', bootOrder: 0 },
    ];
    expect(change(never).update).toHaveLength(3);
    expect(faultsOf(() => change([...all, { sizeGiB: 1, bootOrder: 1 }]))).toEqual([
      'disks[3].bootOrder unique',
    ]);
    expect(faultsOf(() => change([{ id: 'root', bootOrder: 2 }, ...all.slice(1)]))).toEqual([
      'disks[0].bootOrder unique',
    ]);
  });

  it('keeps the disk that a running VM boots from, wherever it stands in the list', () => {
    const later = parts({
      disks: [
        { ...disk('data', 0), bootOrder: 2 },
        { ...disk('root', 1), bootOrder: 1 },
      ],
    });
    expect(() => planDiskChanges(vm, later, [{ id: 'data' }])).toThrow('boots from');
    expect(planDiskChanges(vm, later, [{ id: 'root' }]).leave).toEqual(['data']);
  });

  it('keeps the disk that a running VM boots from', () => {
    expect(() => change([{ id: 'data' }, { id: 'kept' }])).toThrow('boots from');
    const stopped = { ...vm, desiredPower: 'stopped' } as VmEntity;
    expect(planDiskChanges(stopped, parts(), [{ id: 'data' }, { id: 'kept' }]).leave).toEqual(['root']);
  });
});

describe('a new list of NICs', () => {
  const change = (wanted: NicPatch[]) => planNicChanges(vm, parts(), wanted);

  it('without ids is the present ones in their order, then new ones', () => {
    const changes = change([{ portForwards: [] }, {}, { portForwards: [{ guestPort: 80 }] }]);
    expect(changes).toMatchObject({ leave: [], insert: [{ position: 2 }] });
    expect(changes.forwards).toEqual([
      { nicId: 'a', wanted: [] },
      { nicId: changes.insert[0]?.id, wanted: [{ guestPort: 80 }] },
    ]);
  });

  it('with ids is the whole list', () => {
    expect(change([{ id: 'b' }, {}])).toMatchObject({ leave: ['a'], insert: [{ position: 2 }] });
  });

  it('is refused when nobody can tell which one is to go, or what an id means', () => {
    expect(faultsOf(() => change([{}]))).toEqual(['nics length']);
    expect(faultsOf(() => change([{ id: 'a' }, { id: 'a' }, { id: 'x' }]))).toEqual([
      'nics[1].id duplicate',
      'nics[2].id unknown',
    ]);
  });
});

describe('after a report of the host', () => {
  const report = (fields: Partial<VmReport> = {}): VmReport =>
    ({
      observedGeneration: 4,
      restartRequired: [],
      plugged: { vcpus: 1, memoryMib: 256, diskIds: ['root'], nicIds: ['a'] },
      ...fields,
    }) as VmReport;
  const refused = { code: 'guest_refused', message: '' };
  const leaving = parts({
    leavingDisks: [disk('data', 1, 'leaving')],
    leavingNics: [nic('b', 1, 'leaving')],
  });

  it('nothing happens before the change is observed, nor to a VM that is deleted', () => {
    expect(settleParts(vm, leaving, report({ observedGeneration: 3 }))).toEqual({ kind: 'none' });
    const deleted = { ...vm, presence: 'deleted' } as VmEntity;
    expect(settleParts(deleted, leaving, report())).toEqual({ kind: 'none' });
    expect(settleParts(vm, parts(), report())).toEqual({ kind: 'none' });
  });

  it('a disk that is out of the machine may be removed, and is forgotten once it is', () => {
    expect(settleParts(vm, leaving, report())).toEqual({ kind: 'discard', diskIds: ['data'] });
    const removed = { ...leaving, leavingDisks: [disk('data', 1, 'removed')] };
    expect(settleParts(vm, removed, report())).toEqual({ kind: 'forget', diskIds: ['data'], nicIds: ['b'] });
    expect(settleParts(vm, removed, report({ plugged: undefined }))).toMatchObject({ kind: 'forget' });
  });

  it('one that waits for the next start, or whose change failed otherwise, is let alone', () => {
    const plugged = { vcpus: 1, memoryMib: 256, diskIds: ['root', 'data'], nicIds: ['a', 'b'] };
    expect(settleParts(vm, leaving, report({ plugged }))).toEqual({ kind: 'none' });
    const failure = { code: 'hypervisor_error', message: '' };
    expect(settleParts(vm, leaving, report({ failure }))).toEqual({ kind: 'none' });
  });

  it('what the guest kept comes back: disks, NICs and memory', () => {
    const plugged = { vcpus: 1, memoryMib: 512, diskIds: ['root', 'data', 'kept'], nicIds: ['a', 'b'] };
    expect(settleParts(vm, leaving, report({ failure: refused, plugged }))).toEqual({
      kind: 'keep',
      diskIds: ['kept', 'data'],
      nicIds: ['b'],
      memoryMib: 512,
    });
    expect(settleParts(vm, parts(), report({ failure: refused }))).toEqual({ kind: 'none' });
    const waits = report({ failure: refused, plugged, restartRequired: ['memoryMiB'] });
    expect(settleParts(vm, leaving, waits)).toMatchObject({ memoryMib: 256 });
  });
});
