import { describe, expect, it } from '@jest/globals';
import type { Nic } from '#libs/contracts';
import { desiredVm } from '#libs/testing';
import { type ActualProcess, type ActualVm, freshProcess, shapeOf } from './actual-vm.js';
import { describeStep } from './steps.js';
import { unwire, wire } from './wiring.js';

const nic = (nicId: string, kind: Nic['kind'] = 'bridge'): Nic => ({ nicId, mac: nicId, kind, forwards: [] });
const vm = (...nics: Nic[]) => desiredVm({ nics });
const wired = (...ids: string[]) => ids.map((nicId) => ({ nicId, current: true }));
const off = (...ids: string[]): ActualVm => ({
  folder: true,
  disks: [],
  images: [],
  repairExitSeq: 0,
  wires: wired(...ids),
});
const on = (
  process: Partial<ActualProcess>,
  launched = vm(nic('a'), nic('b')),
  ...ids: string[]
): ActualVm => {
  const shape = shapeOf(launched);
  const fresh = { pid: 7, startGeneration: 1, shape, forwards: [], ...freshProcess(shape) };
  return { ...off(...ids), process: { phase: 'running', ...fresh, ...process } };
};

describe('what a NIC on a bridge needs outside of its machine', () => {
  it('is made where it is missing or not as it should be, and for no other kind', () => {
    const all = (id: string) => [`ensure-network ${id}`, `reserve-address ${id}`, `make-tap ${id}`];
    const want = vm(nic('a'), nic('b'), nic('u', 'user'));
    expect(wire(want, {}).map(describeStep)).toEqual([...all('a'), ...all('b')]);
    expect(wire(want, { wires: wired('a', 'b') })).toEqual([]);
    const stale = { wires: [...wired('a'), { nicId: 'b', current: false }] };
    expect(wire(want, stale).map(describeStep)).toEqual(all('b'));
  });

  it('goes when nobody wants it any more', () => {
    const gone = (want: ReturnType<typeof vm>, actual: ActualVm) => unwire(want, actual).map(describeStep);
    expect(gone(vm(nic('a')), off('a', 'b'))).toEqual(['remove-tap b']);
    expect(gone(vm(nic('a'), nic('b', 'user')), off('a', 'b'))).toEqual(['remove-tap b']);
    expect(gone(vm(nic('a')), { ...off(), wires: undefined } as unknown as ActualVm)).toEqual([]);
  });

  it('stays while the machine has it open, until that lets go of it', () => {
    const rigid = vm(nic('a'), nic('b'));
    rigid.machine = { ...rigid.machine, type: 'microvm' };
    const held = on({}, rigid, 'a', 'b');
    expect(unwire({ ...rigid, nics: [nic('a')] }, held)).toEqual([]);
    const { process } = held;
    const lost = { ...held, process: { ...process, missing: ['b'] } as ActualProcess };
    expect(unwire({ ...rigid, nics: [nic('a')] }, lost).map(describeStep)).toEqual(['remove-tap b']);
    const detaches = on({}, vm(nic('a'), nic('b')), 'a', 'b');
    expect(unwire(vm(nic('a')), detaches).map(describeStep)).toEqual(['remove-tap b']);
  });

  it('is of no use to a NIC that the machine has by itself', () => {
    const rigid = vm(nic('a', 'user'));
    rigid.machine = { ...rigid.machine, type: 'microvm' };
    expect(unwire({ ...rigid, nics: [] }, on({}, rigid, 'a')).map(describeStep)).toEqual(['remove-tap a']);
  });
});
