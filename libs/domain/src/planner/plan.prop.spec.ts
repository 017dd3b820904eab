import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { DesiredVm, Disk, Nic } from '#libs/contracts';
import { type ActualVm, shapeOf } from './actual-vm.js';
import { applyStep } from './apply-step.js';
import { plan } from './plan.js';
import type { Step } from './steps.js';

const DIGESTS = ['a', 'b', 'c'].map((letter) => letter.repeat(64));
const idOf = (kind: string, index: number) => `${kind}-${index}`;

const disk: fc.Arbitrary<Disk> = fc.record({
  diskId: fc.nat(3).map((index) => idOf('disk', index)),
  bootOrder: fc.nat(3),
  sizeBytes: fc.constantFrom(1, 2, 3),
  readOnly: fc.boolean(),
  image: fc.option(
    fc.constantFrom(...DIGESTS).map((digest) => ({
      templateId: 't',
      digest,
      format: 'qcow2' as const,
      fileBytes: 1,
      virtualBytes: 1,
    })),
    { nil: undefined },
  ),
});

const forward = fc.record({
  forwardId: fc.constant('f'),
  protocol: fc.constantFrom('tcp' as const, 'udp' as const),
  hostAddress: fc.constant('127.0.0.1'),
  hostPort: fc.constantFrom(1, 2, 3),
  guestPort: fc.constantFrom(80, 22),
});

const nics: fc.Arbitrary<Nic[]> = fc
  .array(fc.uniqueArray(forward, { selector: (it) => `${it.protocol}${it.hostPort}`, maxLength: 3 }), {
    maxLength: 2,
  })
  .map((all) =>
    all.map((forwards, index) => ({ nicId: idOf('nic', index), mac: 'm', kind: 'user' as const, forwards })),
  );

const desiredVm: fc.Arbitrary<DesiredVm> = fc
  .record({
    presence: fc.constantFrom(
      'present' as const,
      'present' as const,
      'released' as const,
      'deleted' as const,
    ),
    power: fc.constantFrom('running' as const, 'stopped' as const, 'paused' as const),
    startGeneration: fc.nat(4),
    askGuest: fc.boolean(),
    thenForce: fc.boolean(),
    disks: fc.uniqueArray(disk, { selector: (it) => it.diskId, maxLength: 3 }),
    nics,
    memoryMib: fc.constantFrom(256, 512),
  })
  .map((it) => ({
    vmId: 'v',
    hostId: 'h',
    name: 'n',
    project: 'p',
    generation: 9,
    startGeneration: it.startGeneration,
    presence: it.presence,
    power: it.power,
    stop: { askGuest: it.askGuest, timeoutMs: 1, thenForce: it.thenForce },
    machine: { vcpus: 1, memoryMib: it.memoryMib, type: 'q35', firmware: 'bios', cpuModel: '' },
    disks: it.disks,
    nics: it.nics,
    restart: { policy: 'on-failure', maxRetries: 1, windowSeconds: 1 },
    cause: { operationId: '', requestId: '', origin: 'user' },
  }));

/** Any host state, also ones that no earlier plan could have left. */
const actualVm: fc.Arbitrary<ActualVm> = fc
  .record({
    disks: fc.uniqueArray(
      fc.record({ diskId: fc.nat(4).map((i) => idOf('disk', i)), sizeBytes: fc.constantFrom(1, 2) }),
      { selector: (it) => it.diskId, maxLength: 4 },
    ),
    images: fc.subarray(DIGESTS),
    exit: fc.option(fc.record({ exitSeq: fc.integer({ min: 1, max: 3 }), startGeneration: fc.nat(4) }), {
      nil: undefined,
    }),
    repairExitSeq: fc.nat(3),
    launchedFrom: fc.option(desiredVm, { nil: undefined }),
    phase: fc.constantFrom('prelaunch' as const, 'running' as const, 'paused' as const),
  })
  .map((it) => ({
    folder: true,
    disks: it.disks,
    images: it.images,
    repairExitSeq: it.repairExitSeq,
    ...(it.exit && { lastExit: { ...it.exit, reason: 'crash' as const, atMs: 0, status: '' } }),
    ...(it.launchedFrom && {
      process: {
        pid: 1,
        phase: it.phase,
        startGeneration: it.launchedFrom.startGeneration,
        shape: shapeOf(it.launchedFrom),
        forwards: it.launchedFrom.nics.flatMap((nic) =>
          nic.forwards.map((held) => ({ nicId: nic.nicId, forward: held })),
        ),
      },
    }),
  }));

function run(desired: DesiredVm, actual: ActualVm): ActualVm {
  return plan(desired, actual).reduce((state, step) => applyStep(desired, state, step), actual);
}

const both = [desiredVm, actualVm] as const;

describe('a plan', () => {
  it('leads from any state to the desired one', () => {
    fc.assert(
      fc.property(...both, (desired, before) => {
        const after = run(desired, before);
        if (desired.presence !== 'present') {
          expect(after.process).toBeUndefined();
          expect(after.folder).toBe(false);
          if (desired.presence === 'deleted') expect(after.disks).toEqual([]);
          return;
        }
        const there = after.disks.map((it) => it.diskId);
        const held = (after.process ?? before.process)?.shape.disks.map((it) => it.diskId) ?? [];
        for (const { diskId } of desired.disks) expect([...there, ...held]).toContain(diskId);
        if (desired.power === 'stopped') expect(after.process).toBeUndefined();
        if (after.process) {
          expect(after.process.phase === 'running').toBe(desired.power === 'running');
          expect(after.process.startGeneration).toBeGreaterThanOrEqual(desired.startGeneration);
        }
      }),
    );
  });

  it('is empty the second time', () => {
    fc.assert(
      fc.property(...both, (desired, before) => {
        expect(plan(desired, run(desired, before))).toEqual([]);
      }),
    );
  });

  it('never removes or shrinks a disk that the desired state still holds', () => {
    fc.assert(
      fc.property(...both, (desired, before) => {
        for (const step of plan(desired, before)) {
          if (step.step === 'remove-disk') expect(desired.presence).toBe('deleted');
          if (step.step === 'create-disk') {
            expect(before.disks.map((it) => it.diskId)).not.toContain(step.diskId);
          }
          if (step.step === 'grow-disk') {
            const size = before.disks.find((it) => it.diskId === step.diskId)?.sizeBytes ?? 0;
            expect(step.sizeBytes).toBeGreaterThan(size);
          }
          if (step.step === 'forget' && !step.keepDisks) expect(desired.presence).toBe('deleted');
        }
      }),
    );
  });

  it('does nothing more when every step runs twice', () => {
    fc.assert(
      fc.property(...both, (desired, before) => {
        for (const [index, step] of plan(desired, before).entries()) {
          const reached = plan(desired, before)
            .slice(0, index)
            .reduce((state, it) => applyStep(desired, state, it), before);
          const once = applyStep(desired, reached, step);
          if (step.step === 'add-forward') continue;
          expect(applyStep(desired, once, step)).toEqual(once);
        }
      }),
    );
  });

  it('makes a disk after its image, and launches after its disks', () => {
    const rank: Record<Step['step'], number> = {
      'ask-guest-off': 0,
      'power-off': 0,
      'fetch-image': 1,
      'create-disk': 1,
      'grow-disk': 1,
      'remove-disk': 2,
      launch: 2,
      'remove-forward': 2,
      'add-forward': 3,
      resume: 4,
      pause: 4,
      forget: 5,
    };
    fc.assert(
      fc.property(...both, (desired, before) => {
        const ranks = plan(desired, before).map((step) => rank[step.step]);
        expect(ranks).toEqual([...ranks].sort((a, b) => a - b));
        let images = new Set(before.images);
        for (const step of plan(desired, before)) {
          if (step.step === 'fetch-image') images = images.add(step.digest);
          if (step.step !== 'create-disk') continue;
          const digest = desired.disks.find((it) => it.diskId === step.diskId)?.image?.digest;
          if (digest) expect(images.has(digest)).toBe(true);
        }
      }),
    );
  });

  it('launches after an exit only for a higher start generation or for a repair of that exit', () => {
    fc.assert(
      fc.property(...both, (desired, before) => {
        const launches = plan(desired, before).some((step) => step.step === 'launch');
        if (!launches || before.process || !before.lastExit) return;
        const newer = desired.startGeneration > before.lastExit.startGeneration;
        expect(newer || before.repairExitSeq === before.lastExit.exitSeq).toBe(true);
      }),
    );
  });

  it('converges when it is interrupted after any step and made again', () => {
    fc.assert(
      fc.property(...both, fc.nat(6), (desired, before, stopAfter) => {
        const half = plan(desired, before)
          .slice(0, stopAfter)
          .reduce((state, step) => applyStep(desired, state, step), before);
        expect(plan(desired, run(desired, half))).toEqual([]);
      }),
    );
  });
});
