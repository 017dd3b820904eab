import { describe, expect, it } from '@jest/globals';
import type { DesiredVm, Disk, Machine, Nic, PortForward } from '#libs/contracts';
import { desiredVm } from '#libs/testing';
import { type ActualProcess, type ActualVm, freshProcess, shapeOf } from './actual-vm.js';
import { MEMORY_SLOTS } from './headroom.js';
import { balloonSteps, hotChanges } from './hot-changes.js';
import { plan } from './plan.js';
import { describeStep } from './steps.js';

const disk = (diskId: string, fields: Partial<Disk> = {}): Disk => ({
  diskId,
  bootOrder: 0,
  sizeBytes: 10,
  readOnly: false,
  ...fields,
});
const nic = (nicId: string, fields: Partial<Nic> = {}): Nic => ({
  nicId,
  mac: `mac of ${nicId}`,
  kind: 'user',
  forwards: [],
  ...fields,
});
const machine: Machine = { vcpus: 1, memoryMib: 256, type: 'q35', firmware: 'bios', cpuModel: '' };
const vm = (fields: Partial<DesiredVm> = {}): DesiredVm =>
  desiredVm({ machine, disks: [disk('root')], nics: [nic('first')], ...fields });
const runs = (desired: DesiredVm, fields: Partial<ActualProcess> = {}): ActualProcess => {
  const shape = shapeOf(desired);
  return {
    pid: 7,
    phase: 'running',
    startGeneration: 1,
    shape,
    forwards: [],
    ...freshProcess(shape),
    ...fields,
  };
};
const changes = (want: DesiredVm, process: ActualProcess) => {
  const { detach, attach, resize, waiting } = hotChanges(want, process, []);
  return { steps: [...detach, ...attach, ...resize].map(describeStep), waiting };
};
const nothing = { steps: [], waiting: [] };

describe('a NIC of a live machine', () => {
  const process = runs(vm({ nics: [nic('first'), nic('second')] }));

  it('keeps its MAC and its kind until the next start', () => {
    const waits = { steps: [], waiting: ['nics'] };
    expect(changes(vm({ nics: [nic('first'), nic('second')] }), process)).toEqual(nothing);
    expect(changes(vm({ nics: [nic('first'), nic('second', { mac: 'other' })] }), process)).toEqual(waits);
    expect(changes(vm({ nics: [nic('first'), nic('second', { kind: 'bridge' })] }), process)).toEqual(waits);
  });

  it('waits for the next start when every port is taken', () => {
    const wanted = ['first', 'second', 'a', 'b', 'c', 'd', 'e'].map((id) => nic(id));
    const { steps, waiting } = changes(vm({ nics: wanted }), process);
    expect(steps).toHaveLength(4);
    expect(waiting).toEqual(['nics']);
  });

  it('gives its port to one that comes in the same change', () => {
    const full = { ...process, shape: { ...process.shape, ports: 3 } };
    expect(changes(vm({ nics: [nic('first'), nic('new')] }), full)).toEqual({
      steps: ['detach-nic second within 30000 ms', 'attach-nic new at port 1'],
      waiting: [],
    });
  });
});

describe('a machine into which nothing can be plugged', () => {
  const rigid = vm({ machine: { ...machine, type: 'microvm' } });
  const process = runs(rigid);

  it('takes no device and gives none: each waits for the next start', () => {
    expect(changes(rigid, process)).toEqual(nothing);
    expect(changes({ ...rigid, disks: [disk('root'), disk('more')] }, process).waiting).toEqual(['disks']);
    expect(changes({ ...rigid, disks: [] }, process)).toEqual({ steps: [], waiting: ['disks'] });
    expect(changes({ ...rigid, nics: [] }, process)).toEqual({ steps: [], waiting: ['nics'] });
    expect(changes({ ...rigid, nics: [nic('first', { mac: 'other' })] }, process).waiting).toEqual(['nics']);
  });
});

describe('CPUs and memory of a live machine', () => {
  const roomy = vm({ machine: { ...machine, maxVcpus: 4, maxMemoryMib: 1024 } });
  const process = runs(roomy);
  const want = (fields: Partial<Machine>) => ({ ...roomy, machine: { ...roomy.machine, ...fields } });

  it('grow to the last CPU and to the last MiB of the headroom, and not beyond', () => {
    expect(changes(want({ vcpus: 4 }), process)).toEqual({ steps: ['add-vcpus up to 4'], waiting: [] });
    const memory = changes(want({ memoryMib: 1024 }), process);
    expect(memory).toEqual({ steps: ['add-memory dimm0 of 768 MiB'], waiting: [] });
    expect(changes(want({ memoryMib: 1152 }), process).steps).toEqual([]);
  });

  it('grow no further when every slot holds a module', () => {
    const modules = Array.from({ length: MEMORY_SLOTS }, (_, slot) => ({
      moduleId: `dimm${slot}`,
      sizeMib: 0,
    }));
    const waits = { steps: [], waiting: ['memoryMiB'] };
    expect(changes(want({ memoryMib: 512 }), { ...process, modules })).toEqual(waits);
    expect(changes(want({ memoryMib: 512 }), { ...process, modules: modules.slice(1) }).steps).toEqual([
      'add-memory dimm0 of 256 MiB',
    ]);
  });

  it('have as much room as they had at the start, whatever the next one will give', () => {
    expect(changes(want({ maxVcpus: 8 }), process)).toEqual({ steps: [], waiting: ['maxVcpus'] });
    expect(changes(want({ maxMemoryMib: 2048 }), process)).toEqual({
      steps: [],
      waiting: ['maxMemoryMiB'],
    });
    expect(changes(want({}), process)).toEqual(nothing);
  });

  it('are told to the balloon by what it is to leave', () => {
    const steps = (balloonMib: number | undefined, taken: number) =>
      balloonSteps(want(balloonMib === undefined ? {} : { balloonMib }), taken, 256).map(describeStep);
    expect(steps(undefined, 0)).toEqual([]);
    expect(steps(192, 64)).toEqual([]);
    expect(steps(192, 0)).toHaveLength(1);
    expect(steps(undefined, 64)).toHaveLength(1);
    expect(steps(512, 0)).toEqual([]);
  });
});

describe('a screen and a watchdog', () => {
  it('come and go with the next start', () => {
    const plain = vm();
    const both = vm({ machine: { ...machine, vnc: true, watchdog: 'reset' } });
    const waits = { steps: [], waiting: ['vnc', 'watchdog'] };
    expect(changes(both, runs(plain))).toEqual(waits);
    expect(changes(plain, runs(both))).toEqual(waits);
    expect(changes(vm({ machine: { ...machine, vnc: false, watchdog: 'none' } }), runs(plain))).toEqual(
      nothing,
    );
  });
});

describe('the plan for a live machine', () => {
  const host = (process: ActualProcess, fields: Partial<ActualVm> = {}): ActualVm => ({
    folder: true,
    disks: [{ diskId: 'root', sizeBytes: 10 }],
    images: [],
    repairExitSeq: 0,
    process,
    ...fields,
  });
  const steps = (want: DesiredVm, actual: ActualVm) => plan(want, actual).map(describeStep);

  it('never makes a disk anew that the machine holds, though nobody knows its file', () => {
    const image = {
      templateId: 't',
      digest: 'd'.repeat(64),
      format: 'raw' as const,
      fileBytes: 1,
      virtualBytes: 1,
    };
    const want = vm({ disks: [disk('root', { image }), disk('more', { image }), disk('third', { image })] });
    const actual = host(runs(vm()), { disks: [] });
    expect(steps(want, actual).filter((it) => it.includes('root'))).toEqual([]);
    expect(steps(want, actual).filter((it) => it.startsWith('fetch-image'))).toHaveLength(1);
    expect(steps(want, actual)).toContain('create-disk third');
  });

  it('grows no disk that was opened read-only', () => {
    const want = vm({ disks: [disk('root', { readOnly: true, sizeBytes: 20 })] });
    expect(steps(want, host(runs(vm())))).toEqual([]);
    expect(steps(vm({ disks: [disk('root', { sizeBytes: 20 })] }), host(runs(vm())))).toHaveLength(1);
  });

  it('lets a machine run that was only prepared', () => {
    expect(steps(vm(), host(runs(vm(), { phase: 'prelaunch' })))).toEqual(['resume']);
  });

  it('begins no restore of a machine whose monitor does not answer', () => {
    const restore = { snapshotId: 's', restoreGeneration: 2, memory: false, diskIds: ['root'] };
    const hung = host(runs(vm(), { phase: 'hung' }));
    expect(steps(vm({ restore }), hung)).toEqual([]);
    expect(steps(vm({ restore }), host(runs(vm())))).not.toEqual([]);
    expect(steps(vm({ restore, power: 'stopped' }), hung)).not.toEqual([]);
  });

  it('keeps a disk that nobody wants for as long as the machine has it', () => {
    const want = vm({
      machine: { ...machine, type: 'microvm' },
      disks: [disk('root', { presence: 'removed' })],
    });
    expect(steps(want, host(runs(vm({ machine: { ...machine, type: 'microvm' } }))))).toEqual([]);
  });

  it('tells forwarded ports apart by NIC, protocol, address and both numbers', () => {
    const forward: PortForward = {
      forwardId: 'f',
      protocol: 'tcp',
      hostAddress: '127.0.0.1',
      hostPort: 1,
      guestPort: 80,
    };
    const held = host(runs(vm(), { forwards: [{ nicId: 'first', forward }] }));
    const want = (fields: Partial<PortForward>) =>
      steps(vm({ nics: [nic('first', { forwards: [{ ...forward, ...fields }] })] }), held);
    expect(want({})).toEqual([]);
    for (const other of [
      { protocol: 'udp' as const },
      { hostAddress: '127.0.0.2' },
      { hostPort: 2 },
      { guestPort: 81 },
    ]) {
      expect(want(other).map((it) => it.split(' ')[0])).toEqual(['remove-forward', 'add-forward']);
    }
    const two = vm({ nics: [nic('first'), nic('second', { forwards: [forward] })] });
    const moved = host(runs(two, { forwards: [{ nicId: 'first', forward }] }));
    expect(plan(two, moved)).toEqual([
      { step: 'remove-forward', nicId: 'first', forward },
      { step: 'add-forward', nicId: 'second', forward },
    ]);
  });

  it('forwards no port to a NIC that the machine does not get', () => {
    const full = runs(vm());
    const want = vm({
      nics: [
        nic('first'),
        nic('second', {
          forwards: [
            { forwardId: 'f', protocol: 'tcp', hostAddress: '127.0.0.1', hostPort: 1, guestPort: 80 },
          ],
        }),
      ],
    });
    const actual = host({ ...full, shape: { ...full.shape, ports: 2 } });
    expect(steps(want, actual)).toEqual([]);
  });
});
