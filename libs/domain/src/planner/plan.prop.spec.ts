import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { DesiredVm, Disk, Nic } from '#libs/contracts';
import { type ActualVm, type LaunchedShape, shapeOf, totalMemoryMib } from './actual-vm.js';
import { applyStep } from './apply-step.js';
import { isAttached } from './headroom.js';
import { plan } from './plan.js';
import { restartRequired } from './restart-required.js';
import type { Step } from './steps.js';

const DIGESTS = ['a', 'b', 'c'].map((letter) => letter.repeat(64));
const idOf = (kind: string, index: number) => `${kind}-${index}`;

const disk: fc.Arbitrary<Disk> = fc.record({
  diskId: fc.nat(3).map((index) => idOf('disk', index)),
  bootOrder: fc.nat(3),
  sizeBytes: fc.constantFrom(1, 2, 3),
  readOnly: fc.boolean(),
  presence: fc.constantFrom(undefined, 'attached' as const, 'detached' as const, 'removed' as const),
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
  cache: fc.constantFrom(undefined, 'none' as const),
  ioLimits: fc.constantFrom(undefined, {
    readIops: 1,
    writeIops: 0,
    readBytesPerSecond: 0,
    writeBytesPerSecond: 0,
  }),
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
  )
  .chain((all) =>
    fc
      .array(fc.constantFrom('user' as const, 'bridge' as const, 'managed' as const), {
        minLength: all.length,
        maxLength: all.length,
      })
      .map((kinds) =>
        all.map((nic, index) => {
          const kind = kinds[index] ?? 'user';
          return { ...nic, kind, forwards: kind === 'user' ? nic.forwards : [] };
        }),
      ),
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
    memoryMib: fc.constantFrom(256, 384, 500, 512, 768),
    vcpus: fc.integer({ min: 1, max: 6 }),
    type: fc.constantFrom('q35' as const, 'q35' as const, 'pc' as const, 'microvm' as const),
    maxMemoryMib: fc.constantFrom(undefined, 768),
    balloonMib: fc.constantFrom(undefined, 128, 300),
    cloudInit: fc.constantFrom(undefined, 'iid-1', 'iid-2'),
    restore: fc.option(
      fc.record({ restoreGeneration: fc.integer({ min: 1, max: 4 }), memory: fc.boolean() }),
      {
        nil: undefined,
      },
    ),
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
    machine: {
      vcpus: it.vcpus,
      memoryMib: it.memoryMib,
      maxMemoryMib: it.maxMemoryMib,
      balloonMib: it.balloonMib,
      type: it.type,
      firmware: 'bios',
      cpuModel: '',
    },
    disks: it.disks,
    nics: it.nics,
    ...(it.restore && { restore: { snapshotId: 's', diskIds: [], ...it.restore } }),
    restart: { policy: 'on-failure', maxRetries: 1, windowSeconds: 1 },
    cause: { operationId: '', requestId: '', origin: 'user' },
    ...(it.cloudInit && {
      cloudInit: { instanceId: it.cloudInit, userData: '', metaData: '', networkConfig: '' },
    }),
  }));

/** A disk that a process was launched with was made once. */
const madeDisks = (disks: ActualVm['disks'], launchedFrom: DesiredVm | undefined) => {
  const held = launchedFrom ? shapeOf(launchedFrom).disks : [];
  const lacking = held.filter(({ diskId }) => !disks.some((it) => it.diskId === diskId));
  return [...disks, ...lacking.map(({ diskId }) => ({ diskId, sizeBytes: 1 }))];
};

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
    modules: fc.uniqueArray(fc.record({ slot: fc.nat(7), sizeMib: fc.constantFrom(128, 256) }), {
      selector: (module) => module.slot,
      maxLength: 3,
    }),
    moreVcpus: fc.nat(2),
    balloonTakenMib: fc.constantFrom(0, 128),
    missing: fc.subarray(['disk-0', 'disk-1', 'nic-0']),
    wires: fc.uniqueArray(fc.record({ nicId: fc.nat(3).map((i) => idOf('nic', i)), current: fc.boolean() }), {
      selector: (it) => it.nicId,
    }),
    restoredGeneration: fc.constantFrom(undefined, 1, 2, 3),
  })
  .map((it) => ({
    folder: true,
    disks: madeDisks(it.disks, it.launchedFrom),
    images: it.images,
    wires: it.wires,
    repairExitSeq: it.repairExitSeq,
    restoredGeneration: it.restoredGeneration,
    ...(it.exit && { lastExit: { ...it.exit, reason: 'crash' as const, atMs: 0, status: '' } }),
    ...(it.launchedFrom && {
      process: {
        pid: 1,
        phase: it.phase,
        startGeneration: it.launchedFrom.startGeneration,
        shape: { ...shapeOf(it.launchedFrom), balloonTakenMib: it.balloonTakenMib },
        vcpus: it.launchedFrom.machine.vcpus + it.moreVcpus,
        modules: it.modules.map(({ slot, sizeMib }) => ({ moduleId: `dimm${slot}`, sizeMib })),
        missing: it.missing.filter((id) => idsOf(shapeOf(it.launchedFrom!)).includes(id)),
        forwards: it.launchedFrom.nics.flatMap((nic) =>
          nic.forwards.map((held) => ({ nicId: nic.nicId, forward: held })),
        ),
      },
    }),
  }));

const idsOf = (shape: LaunchedShape) => [
  ...shape.disks.map((held) => held.diskId),
  ...shape.nics.map((held) => held.nicId),
];

function run(desired: DesiredVm, actual: ActualVm): ActualVm {
  return plan(desired, actual).reduce((state, step) => applyStep(desired, state, step), actual);
}

const isDue = ({ restore }: DesiredVm, { restoredGeneration = 0 }: ActualVm) =>
  (restore?.restoreGeneration ?? 0) > restoredGeneration;

const both = [desiredVm, actualVm] as const;

describe('a plan', () => {
  it('leads from any state to the desired one', () => {
    fc.assert(
      fc.property(...both, (desired, before) => {
        const after = run(desired, before);
        if (desired.presence !== 'present') {
          expect(after.process).toBeUndefined();
          expect(after.folder).toBe(false);
          const named = desired.disks.map((it) => it.diskId);
          const others = before.disks.filter((it) => !named.includes(it.diskId));
          expect(after.disks).toEqual(desired.presence === 'deleted' ? others : before.disks);
          return;
        }
        const there = after.disks.map((it) => it.diskId);
        const held = (after.process ?? before.process)?.shape.disks.map((it) => it.diskId) ?? [];
        for (const { diskId, presence } of desired.disks) {
          if (presence !== 'removed') expect([...there, ...held]).toContain(diskId);
        }
        const bridged = desired.nics.filter((nic) => nic.kind !== 'user').map((nic) => nic.nicId);
        for (const nicId of bridged) expect(after.wires).toContainEqual({ nicId, current: true });
        for (const { nicId } of after.wires ?? []) {
          const open = after.process?.shape.nics.some((nic) => nic.nicId === nicId && nic.kind !== 'user');
          expect(open || bridged.includes(nicId)).toBe(true);
        }
        if (desired.power === 'stopped') expect(after.process).toBeUndefined();
        if (after.process) {
          expect(after.process.phase === 'running').toBe(desired.power === 'running');
          expect(after.process.startGeneration).toBeGreaterThanOrEqual(desired.startGeneration);
          const waiting = restartRequired(desired, after.process, after.disks);
          const { shape, missing, vcpus } = after.process;
          const inside = (ids: string[]) => ids.filter((id) => !missing.includes(id)).sort();
          if (!waiting.includes('disks')) {
            const wanted = desired.disks.filter(isAttached).map((it) => it.diskId);
            expect(inside(shape.disks.map((it) => it.diskId))).toEqual(wanted.sort());
            for (const { diskId, presence } of desired.disks) {
              if (presence === 'removed') expect(there).not.toContain(diskId);
            }
          }
          if (!waiting.includes('nics')) {
            const wanted = desired.nics.map((it) => it.nicId);
            expect(inside(shape.nics.map((it) => it.nicId))).toEqual(wanted.sort());
          }
          if (!waiting.includes('vcpus')) expect(vcpus).toBe(desired.machine.vcpus);
          if (!waiting.includes('memoryMiB')) {
            expect(totalMemoryMib(after.process)).toBe(desired.machine.memoryMib);
          }
          const ports = [...shape.disks, ...shape.nics, ...(shape.seed ? [shape.seed] : [])].map(
            (it) => it.port,
          );
          expect(new Set(ports).size).toBe(ports.length);
          expect(vcpus).toBeLessThanOrEqual(Math.max(shape.maxVcpus, before.process?.vcpus ?? 0));
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
          if (step.step === 'remove-disk' && desired.presence !== 'deleted') {
            const disk = desired.disks.find((it) => it.diskId === step.diskId);
            expect(disk?.presence).toBe('removed');
          }
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

  it('removes a disk last, and never one that a machine still has', () => {
    fc.assert(
      fc.property(...both, (desired, before) => {
        let state = before;
        let removing = false;
        for (const step of plan(desired, before)) {
          if (step.step === 'remove-disk') {
            removing = true;
            expect(state.process?.shape.disks.map((it) => it.diskId) ?? []).not.toContain(step.diskId);
          } else if (step.step !== 'forget') expect(removing).toBe(false);
          state = applyStep(desired, state, step);
        }
      }),
    );
  });

  it('never takes a tap away that a machine has open, and opens none that is not made', () => {
    fc.assert(
      fc.property(...both, (desired, before) => {
        let state = before;
        const kindOf = (nicId: string) => desired.nics.find((it) => it.nicId === nicId)?.kind;
        const made = (nicId: string) => state.wires?.some((it) => it.nicId === nicId && it.current);
        for (const step of plan(desired, before)) {
          if (step.step === 'remove-tap') {
            const { shape, missing = [] } = state.process ?? {};
            const open = shape?.nics.filter((it) => it.kind !== 'user' && !missing.includes(it.nicId)) ?? [];
            expect(open.map((it) => it.nicId)).not.toContain(step.nicId);
          }
          if (step.step === 'launch') {
            for (const { nicId, kind } of desired.nics) if (kind !== 'user') expect(made(nicId)).toBe(true);
          }
          if (step.step === 'attach-nic' && kindOf(step.nicId) !== 'user') {
            expect(made(step.nicId)).toBe(true);
          }
          state = applyStep(desired, state, step);
        }
      }),
    );
  });

  it('never takes CPUs away, and asks of the guest only what the desired state does without', () => {
    fc.assert(
      fc.property(...both, (desired, before) => {
        for (const step of plan(desired, before)) {
          if (step.step === 'add-vcpus') expect(step.vcpus).toBe(desired.machine.vcpus);
          if (step.step === 'detach-disk') {
            const disk = desired.disks.find((it) => it.diskId === step.diskId);
            expect(disk === undefined || !isAttached(disk)).toBe(true);
          }
          if (step.step === 'detach-nic') {
            expect(desired.nics.map((it) => it.nicId)).not.toContain(step.nicId);
          }
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
      'check-restore': -1,
      'ask-guest-off': 0,
      'power-off': 0,
      'fetch-image': 1,
      'create-disk': 1,
      'grow-disk': 1,
      'rewind-disks': 1.5,
      'make-seed': 1.7,
      'ensure-network': 1,
      'reserve-address': 1,
      'make-tap': 1,
      launch: 2,
      'load-memory': 2.5,
      resume: 3,
      'remove-forward': 4,
      'detach-nic': 5,
      'detach-disk': 5,
      'attach-disk': 6,
      'attach-nic': 6,
      'add-forward': 7,
      'add-vcpus': 8,
      'add-memory': 9,
      'remove-memory': 9,
      'limit-disk': 7.5,
      'set-balloon': 10,
      pause: 11,
      'remove-tap': 11.5,
      'remove-disk': 12,
      forget: 13,
    };
    fc.assert(
      fc.property(...both, (desired, before) => {
        const steps = plan(desired, before);
        const launches = steps.some((step) => step.step === 'launch');
        // The balloon of a new machine is told before its guest runs.
        const ranks = steps
          .filter((step) => !launches || (step.step !== 'set-balloon' && step.step !== 'limit-disk'))
          .map((step) => rank[step.step]);
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
        expect(newer || before.repairExitSeq === before.lastExit.exitSeq || isDue(desired, before)).toBe(
          true,
        );
      }),
    );
  });

  it('restores what is due and nothing else, once, and lets no guest run before that', () => {
    fc.assert(
      fc.property(...both, (desired, before) => {
        const steps = plan(desired, before);
        const due = desired.presence === 'present' && isDue(desired, before);
        const count = (name: Step['step']) => steps.filter(({ step }) => step === name).length;
        expect(count('check-restore')).toBe(due ? 1 : 0);
        expect(count('rewind-disks')).toBe(due ? 1 : 0);
        expect(count('load-memory')).toBe(
          due && desired.restore?.memory && desired.power !== 'stopped' ? 1 : 0,
        );
        let state = before;
        for (const step of steps) {
          if (due && step.step === 'resume') expect(isDue(desired, state)).toBe(false);
          if (step.step === 'rewind-disks') expect(state.process).toBeUndefined();
          if (step.step === 'load-memory') expect(state.process?.phase).toBe('prelaunch');
          state = applyStep(desired, state, step);
        }
        if (due) expect(state.restoredGeneration).toBe(desired.restore?.restoreGeneration);
      }),
    );
  });

  it('converges when it is interrupted after any step and made again', () => {
    fc.assert(
      fc.property(...both, fc.nat(12), (desired, before, stopAfter) => {
        const half = plan(desired, before)
          .slice(0, stopAfter)
          .reduce((state, step) => applyStep(desired, state, step), before);
        expect(plan(desired, run(desired, half))).toEqual([]);
      }),
    );
  });
});
