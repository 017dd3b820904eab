import { describe, expect, it } from '@jest/globals';
import type { OperationView, VmView } from '#libs/contracts/http';
import type { VmModel } from '../workload/model.js';
import { countedChanges, lostChanges, sharedPorts, strayDisks, unsettled } from './check-rest.js';
import type { Facts } from './facts.js';

interface VmParts {
  spec?: object;
  status?: object;
  labels?: Record<string, string>;
}

const vm = (id: string, { spec = {}, status = {}, labels = {} }: VmParts = {}) =>
  ({
    id,
    name: `name-${id}`,
    generation: 2,
    labels,
    spec: { desiredState: 'running', disks: [{ id: `d-${id}` }], nics: [{ mac: `mac-${id}` }], ...spec },
    status: {
      state: 'running',
      reason: '',
      observedGeneration: 2,
      pid: 7,
      host: { id: 'h' },
      portForwards: [],
      ...status,
    },
  }) as unknown as VmView;

const facts = (fields: Partial<Facts> = {}): Facts => ({
  vms: [vm('v')],
  operations: [{ id: 'o', kind: 'vm.start', status: 'succeeded', phase: '' } as OperationView],
  running: [{ vmId: 'v', pid: 7, command: 'qemu' }],
  disks: [{ host: 'host-1', diskId: 'd-v' }],
  audit: [{ requestId: 'r', kind: 'vm.start', operations: 1, audits: 1 }],
  ...fields,
});
const model: VmModel = {
  id: 'v',
  name: 'name-v',
  presence: 'present',
  desiredState: 'running',
  labels: {},
  uncertain: false,
};
const accepted = [{ requestId: 'r', operationId: 'o', what: 'POST start' }];
const all = (it: Facts, models = [model]) =>
  [
    ...unsettled(it),
    ...lostChanges(it, accepted, models),
    ...sharedPorts(it),
    ...strayDisks(it),
    ...countedChanges(it, accepted),
  ].map(({ invariant, what }) => `${invariant} ${what}`);

describe('the checker', () => {
  it('finds nothing where everything is as it should be', () => {
    expect(all(facts())).toEqual([]);
  });

  it('sees a VM that is not what it should be, and a process too many or too few', () => {
    const status = { state: 'crashed', reason: 'killed', observedGeneration: 1, pid: 8 };
    expect(all(facts({ vms: [vm('v', { status })] }))).toEqual([
      'I6 name-v (v) should be running, is crashed: killed',
      'I6 name-v: generation 1 of 2',
      'I6 name-v: shown pid 8, real 7',
    ]);
    expect(all(facts({ running: [] }))).toEqual(['I6 name-v (v) has 0 processes, not 1']);
    const stranger = { vmId: 'x', pid: 9, command: 'qemu' };
    expect(all(facts({ running: [...facts().running, stranger] }))).toEqual([
      'I6 process 9 runs for the VM x, which is not there',
    ]);
  });

  it('sees an operation that does not end or is lost', () => {
    const open = { id: 'o', kind: 'vm.start', status: 'running', phase: 'launch' } as OperationView;
    expect(all(facts({ operations: [open] }))).toEqual([
      'I6 operation o (vm.start) is still running, launch',
      'I2 POST start: operation o is running',
    ]);
    expect(all(facts({ operations: [] }))).toEqual(['I2 POST start: operation o is lost']);
  });

  it('sees an effect that was lost', () => {
    expect(all(facts(), [{ ...model, desiredState: 'paused' }])).toEqual([
      'I2 name-v (v): it should be paused, the API wants it running',
    ]);
    expect(all(facts(), [{ ...model, labels: { a: '1' } }])).toEqual([
      'I2 name-v (v): its labels {"a":"1"} were lost',
    ]);
    expect(all(facts(), [{ ...model, presence: 'deleted' }])).toEqual([
      'I2 name-v (v): it was deleted and is still there',
    ]);
    expect(all(facts(), [model, { ...model, id: 'gone', name: 'gone' }])).toEqual([
      'I2 gone (gone): it was created and is not there',
    ]);
    expect(all(facts(), [{ ...model, desiredState: 'paused', uncertain: true }])).toEqual([]);
  });

  it('sees a MAC and a port that two hold, in rows and in processes', () => {
    const forward = { hostAddress: '127.0.0.1', hostPort: 80, protocol: 'tcp' };
    const same = { status: { portForwards: [forward], pid: 7 }, spec: { nics: [{ mac: 'm' }], disks: [] } };
    const command = 'qemu hostfwd=tcp:127.0.0.1:80-:80';
    const shared = facts({
      vms: [vm('a', same), vm('b', same)],
      running: [
        { vmId: 'a', pid: 7, command },
        { vmId: 'b', pid: 7, command },
      ],
      disks: [],
    });
    expect(all(shared, []).sort()).toEqual([
      'I3 MAC m is held twice',
      'I3 forward tcp:127.0.0.1:80- is held twice',
      'I3 port h 127.0.0.1:80/tcp is held twice',
    ]);
  });

  it('sees disks without rows, rows without disks, and a disk on two hosts', () => {
    const file = { host: 'host-2', diskId: 'd-v' };
    expect(all(facts({ disks: [...facts().disks, { ...file, diskId: 'stray' }] }))).toEqual([
      'I4 disk stray has no row',
    ]);
    expect(all(facts({ disks: [] }))).toEqual(['I4 disk v/d-v has no file']);
    expect(all(facts({ disks: [...facts().disks, file] }))).toEqual(['I4 disk d-v is in two places']);
  });

  it('counts one operation and one audit row for each accepted request', () => {
    const audit = [{ requestId: 'r', kind: 'vm.start', operations: 2, audits: 2 }];
    expect(all(facts({ audit }))).toEqual([
      'I8 POST start has 2 operations',
      'I10 POST start (r) has 2 audit rows',
    ]);
    expect(all(facts({ audit: [] }))).toEqual(['I10 POST start (r) has 0 audit rows']);
  });
});
