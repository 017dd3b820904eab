import { describe, expect, it } from '@jest/globals';
import { desiredVm } from '#libs/testing';
import { type ActualProcess, type ActualVm, freshProcess, shapeOf } from './actual-vm.js';
import { applyStep } from './apply-step.js';
import type { Step } from './steps.js';

const forward = {
  forwardId: 'f',
  protocol: 'tcp' as const,
  hostAddress: '127.0.0.1',
  hostPort: 1,
  guestPort: 80,
};
const disk = (diskId: string) => ({ diskId, bootOrder: 0, sizeBytes: 10, readOnly: false });
const desired = desiredVm({
  disks: [disk('root'), { ...disk('data'), cache: 'none' as const, discard: 'ignore' as const }],
  nics: [{ nicId: 'n', mac: 'm', kind: 'user', forwards: [forward] }],
});
const shape = shapeOf({ ...desired, disks: [disk('root')] });
const process: ActualProcess = {
  pid: 7,
  phase: 'running',
  startGeneration: 3,
  shape,
  forwards: [{ nicId: 'n', forward }],
  ...freshProcess(shape),
};
const off: ActualVm = {
  folder: true,
  disks: [disk('root')].map(({ diskId, sizeBytes }) => ({ diskId, sizeBytes })),
  images: ['i'],
  repairExitSeq: 0,
};
const on: ActualVm = { ...off, process };
const nowhere: ActualVm = { folder: false, disks: [], images: [], repairExitSeq: 0 };
const after = (step: Step, actual: ActualVm = on) => applyStep(desired, actual, step);
/** What the process is after a step, beside what it was. */
const changed = (step: Step, was: Partial<ActualProcess> = {}) => {
  const now = after(step, { ...on, process: { ...process, ...was } });
  return now.process as ActualProcess;
};

describe('what a step does to a host', () => {
  it('to images, disks and the folder', () => {
    expect(after({ step: 'fetch-image', digest: 'j' }, nowhere)).toEqual({
      ...nowhere,
      folder: true,
      images: ['j'],
    });
    expect(after({ step: 'fetch-image', digest: 'i' }, off).images).toEqual(['i']);
    expect(after({ step: 'create-disk', diskId: 'root' }, nowhere)).toEqual({
      ...nowhere,
      folder: true,
      disks: [{ diskId: 'root', sizeBytes: 10 }],
    });
    expect(after({ step: 'create-disk', diskId: 'root' }, off).disks).toHaveLength(1);
    expect(after({ step: 'create-disk', diskId: 'data' }, off).disks).toHaveLength(2);
    const two = { ...off, disks: [...off.disks, { diskId: 'data', sizeBytes: 5 }] };
    expect(after({ step: 'grow-disk', diskId: 'data', sizeBytes: 20 }, two).disks).toEqual([
      { diskId: 'root', sizeBytes: 10 },
      { diskId: 'data', sizeBytes: 20 },
    ]);
    expect(after({ step: 'remove-disk', diskId: 'data' }, two)).toEqual(off);
    expect(after({ step: 'make-seed', instanceId: 's' }, nowhere)).toEqual({ ...nowhere, folder: true });
    expect(after({ step: 'forget', keepDisks: true }, { ...off, repairExitSeq: 4 })).toEqual({
      ...off,
      folder: false,
    });
  });

  it('to the wires of a NIC', () => {
    const reserved = after({ step: 'reserve-address', nicId: 'n' }, off);
    expect(reserved).toEqual(off);
    const begun = after({ step: 'ensure-network', nicId: 'n' }, nowhere);
    expect(begun).toEqual({ ...nowhere, folder: true, wires: [{ nicId: 'n', current: false }] });
    const other = { nicId: 'o', current: true };
    const made = after(
      { step: 'make-tap', nicId: 'n' },
      { ...begun, wires: [...(begun.wires ?? []), other] },
    );
    expect(made.wires).toEqual([other, { nicId: 'n', current: true }]);
    expect(after({ step: 'remove-tap', nicId: 'n' }, made).wires).toEqual([other]);
  });

  it('to a restore', () => {
    const restore = { snapshotId: 's', restoreGeneration: 9 };
    expect(after({ step: 'check-restore', snapshotId: 's' }, off)).toEqual(off);
    expect(after({ step: 'rewind-disks', ...restore, last: false }, off)).toEqual(off);
    expect(after({ step: 'rewind-disks', ...restore, last: true }, off)).toEqual({
      ...off,
      restoredGeneration: 9,
    });
    expect(after({ step: 'load-memory', ...restore })).toEqual({ ...on, restoredGeneration: 9 });
  });

  it('to the process: it comes with the whole shape and goes with an exit', () => {
    const launched = after({ step: 'launch', startGeneration: 4 }, off).process;
    expect(launched).toMatchObject({ phase: 'prelaunch', startGeneration: 4, shape: shapeOf(desired) });
    expect(launched?.forwards).toEqual([{ nicId: 'n', forward }]);
    expect(after({ step: 'launch', startGeneration: 4 })).toEqual(on);
    expect(changed({ step: 'pause' }).phase).toBe('paused');
    expect(changed({ step: 'resume' }, { phase: 'paused' }).phase).toBe('running');
    expect(after({ step: 'pause' }, off)).toEqual(off);
    const lastExit = { exitSeq: 1, reason: 'requested', atMs: 0, startGeneration: 3, status: '' };
    expect(after({ step: 'power-off' })).toEqual({ ...off, lastExit });
    expect(after({ step: 'ask-guest-off', timeoutMs: 1, thenForce: true })).toEqual({ ...off, lastExit });
    const again = after(
      { step: 'power-off' },
      { ...on, lastExit: { ...lastExit, reason: 'crash' } as never },
    );
    expect(again.lastExit).toEqual({ ...lastExit, exitSeq: 2 });
    expect(after({ step: 'power-off' }, off)).toEqual(off);
  });

  it('to forwarded ports', () => {
    const more = { ...forward, hostPort: 2 };
    expect(changed({ step: 'add-forward', nicId: 'n', forward: more }).forwards).toEqual([
      { nicId: 'n', forward },
      { nicId: 'n', forward: more },
    ]);
    expect(changed({ step: 'remove-forward', nicId: 'n', forward }).forwards).toEqual([]);
    expect(changed({ step: 'remove-forward', nicId: 'o', forward }).forwards).toHaveLength(1);
    expect(changed({ step: 'remove-forward', nicId: 'n', forward: more }).forwards).toHaveLength(1);
    expect(after({ step: 'add-forward', nicId: 'n', forward }, off)).toEqual(off);
  });

  it('to disks that are plugged in and out', () => {
    const attached = changed({ step: 'attach-disk', diskId: 'data', port: 5 }, { missing: ['data', 'x'] });
    expect(attached.missing).toEqual(['x']);
    expect(attached.shape.disks).toEqual([
      ...shape.disks,
      { diskId: 'data', port: 5, cache: 'none', discard: 'ignore' },
    ]);
    const again = changed({ step: 'attach-disk', diskId: 'root', port: 6 });
    expect(again.shape.disks).toEqual([{ diskId: 'root', port: 6 }]);
    const detached = changed({ step: 'detach-disk', diskId: 'data', timeoutMs: 1 }, attached);
    expect(detached).toEqual({ ...process, missing: ['x'] });
    expect(changed({ step: 'detach-disk', diskId: 'x', timeoutMs: 1 }, attached).missing).toEqual([]);
    const limits = { readIops: 1, writeIops: 2, readBytesPerSecond: 3, writeBytesPerSecond: 4 };
    expect(changed({ step: 'limit-disk', diskId: 'data', limits }, attached).shape.disks).toEqual([
      ...shape.disks,
      { diskId: 'data', port: 5, cache: 'none', discard: 'ignore', limits },
    ]);
  });

  it('to NICs that are plugged in and out', () => {
    const bare = { ...process, shape: { ...shape, nics: [] }, missing: ['n', 'x'] };
    const attached = changed({ step: 'attach-nic', nicId: 'n', port: 3 }, bare);
    expect(attached.shape.nics).toEqual([{ nicId: 'n', mac: 'm', kind: 'user', port: 3 }]);
    expect(attached.missing).toEqual(['x']);
    expect(changed({ step: 'attach-nic', nicId: 'n', port: 9 }).shape.nics).toHaveLength(1);
    expect(changed({ step: 'attach-nic', nicId: 'of nobody', port: 3 }, bare)).toEqual(bare);
    const two = { ...process, forwards: [...process.forwards, { nicId: 'o', forward }], missing: ['n', 'x'] };
    const detached = changed({ step: 'detach-nic', nicId: 'n', timeoutMs: 1 }, two);
    expect(detached.shape.nics).toEqual([]);
    expect(detached.forwards).toEqual([{ nicId: 'o', forward }]);
    expect(detached.missing).toEqual(['x']);
    expect(changed({ step: 'detach-nic', nicId: 'o', timeoutMs: 1 }, two).shape.nics).toHaveLength(1);
  });

  it('to CPUs, memory and the balloon', () => {
    expect(changed({ step: 'add-vcpus', vcpus: 4 }).vcpus).toBe(4);
    expect(changed({ step: 'add-vcpus', vcpus: 4 }, { vcpus: 6 }).vcpus).toBe(6);
    const added = changed({ step: 'add-memory', moduleId: 'dimm0', sizeMib: 128 });
    expect(added.modules).toEqual([{ moduleId: 'dimm0', sizeMib: 128 }]);
    const twice = changed({ step: 'add-memory', moduleId: 'dimm0', sizeMib: 256 }, added);
    expect(twice.modules).toEqual([{ moduleId: 'dimm0', sizeMib: 256 }]);
    const more = changed({ step: 'add-memory', moduleId: 'dimm1', sizeMib: 256 }, added);
    expect(more.modules).toHaveLength(2);
    expect(changed({ step: 'remove-memory', moduleId: 'dimm1', timeoutMs: 1 }, more)).toEqual(added);
    const balloon = changed({ step: 'set-balloon', takenMib: 64, totalMib: 256 });
    expect(balloon).toEqual({ ...process, shape: { ...shape, balloonTakenMib: 64 } });
  });
});
