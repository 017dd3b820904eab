import { describe, expect, it } from '@jest/globals';
import type { DesiredVm } from '#libs/contracts';
import { type ActualVm, freshProcess, shapeOf } from './actual-vm.js';
import { plan } from './plan.js';
import { restartRequired } from './restart-required.js';
import { describeStep } from './steps.js';

const image = {
  templateId: 't',
  digest: 'd'.repeat(64),
  format: 'qcow2' as const,
  fileBytes: 1,
  virtualBytes: 1,
};
const desired: DesiredVm = {
  vmId: 'v',
  hostId: 'h',
  name: 'n',
  project: 'p',
  generation: 1,
  startGeneration: 1,
  presence: 'present',
  power: 'running',
  stop: { askGuest: false, timeoutMs: 0, thenForce: true },
  machine: { vcpus: 1, memoryMib: 256, type: 'q35', firmware: 'bios', cpuModel: '' },
  disks: [{ diskId: 'root', bootOrder: 1, sizeBytes: 10, readOnly: false, image }],
  nics: [],
  restart: { policy: 'on-failure', maxRetries: 5, windowSeconds: 600 },
  cause: { operationId: 'o', requestId: 'r', origin: 'user' },
};
const nothing: ActualVm = { folder: false, disks: [], images: [], repairExitSeq: 0 };
const made: ActualVm = { ...nothing, folder: true, disks: [{ diskId: 'root', sizeBytes: 10 }] };
const running: ActualVm = {
  ...made,
  process: {
    pid: 7,
    phase: 'running',
    startGeneration: 1,
    shape: shapeOf(desired),
    forwards: [],
    ...freshProcess(shapeOf(desired)),
  },
};
const crashed: ActualVm = {
  ...made,
  lastExit: { exitSeq: 3, reason: 'killed', atMs: 0, startGeneration: 1, status: '' },
};
const steps = (want: Partial<DesiredVm>, is: ActualVm) => plan({ ...desired, ...want }, is).map(describeStep);

describe('plan', () => {
  it('makes a new VM from image to running', () => {
    expect(steps({}, nothing)).toEqual(['fetch-image dddddddddddd', 'create-disk root', 'launch', 'resume']);
  });

  it('makes the disks of a VM that is to stay off, and does not launch it', () => {
    expect(steps({ power: 'stopped', startGeneration: 0 }, nothing)).toEqual([
      'fetch-image dddddddddddd',
      'create-disk root',
    ]);
  });

  it('does nothing for a running VM that only got another label', () => {
    expect(steps({ generation: 2 }, running)).toEqual([]);
  });

  it('does not launch a guest that ended by itself for a mere new generation', () => {
    expect(steps({ generation: 8 }, crashed)).toEqual([]);
  });

  it('launches it for a higher start generation', () => {
    expect(steps({ generation: 8, startGeneration: 8 }, crashed)).toEqual(['launch', 'resume']);
  });

  it('launches it for a repair that names its last exit, and for no other', () => {
    expect(steps({}, { ...crashed, repairExitSeq: 3 })).toEqual(['launch', 'resume']);
    expect(steps({}, { ...crashed, repairExitSeq: 2 })).toEqual([]);
  });

  it('reboots through the guest when the start generation rises under a running process', () => {
    const stop = { askGuest: true, timeoutMs: 5, thenForce: true };
    expect(steps({ startGeneration: 2, generation: 2, stop }, running)).toEqual([
      'ask-guest-off within 5 ms, then power-off',
      'launch',
      'resume',
    ]);
  });

  it('cuts the power of a guest that cannot hear, and never of one that must be asked', () => {
    const paused: ActualVm = { ...running, process: { ...running.process!, phase: 'paused' } };
    const ask = { askGuest: true, timeoutMs: 5, thenForce: true };
    expect(steps({ power: 'stopped', stop: ask }, paused)).toEqual(['power-off']);
    expect(steps({ power: 'stopped', stop: { ...ask, thenForce: false } }, paused)).toEqual([
      'ask-guest-off within 5 ms',
    ]);
  });

  it('leaves a process alone whose monitor does not answer', () => {
    const hung: ActualVm = { ...running, process: { ...running.process!, phase: 'hung' } };
    expect(steps({ startGeneration: 2, generation: 2 }, hung)).toEqual([]);
  });

  it('keeps the disks of a released VM and removes those of a deleted one', () => {
    expect(steps({ presence: 'released' }, running)).toEqual(['power-off', 'forget, disks stay']);
    expect(steps({ presence: 'deleted' }, running)).toEqual(['power-off', 'remove-disk root', 'forget']);
  });

  it('exchanges port forwards of a running VM', () => {
    const forward = (hostPort: number) => ({
      forwardId: 'f',
      protocol: 'tcp' as const,
      hostAddress: '127.0.0.1',
      hostPort,
      guestPort: 80,
    });
    const nic = { nicId: 'n', mac: 'm', kind: 'user' as const };
    const shape = { ...shapeOf(desired), nics: [{ ...nic, port: 3 }] };
    const held = [{ nicId: 'n', forward: forward(1) }];
    const is: ActualVm = { ...running, process: { ...running.process!, shape, forwards: held } };
    expect(steps({ nics: [{ ...nic, forwards: [forward(2)] }] }, is)).toEqual([
      'remove-forward tcp 127.0.0.1:1 -> :80',
      'add-forward tcp 127.0.0.1:2 -> :80',
    ]);
  });

  it('pauses and resumes', () => {
    expect(steps({ power: 'paused' }, running)).toEqual(['pause']);
    const paused: ActualVm = { ...running, process: { ...running.process!, phase: 'paused' } };
    expect(steps({}, paused)).toEqual(['resume']);
  });

  it('grows a disk while the VM is off', () => {
    const disks = [{ ...desired.disks[0]!, sizeBytes: 20 }];
    expect(steps({ disks, power: 'stopped' }, made)).toEqual(['grow-disk root to 20 bytes']);
  });
});

describe('restartRequired', () => {
  const process = running.process!;

  it('is empty while the process is what it should be', () => {
    expect(restartRequired(desired, process)).toEqual([]);
  });

  it('names each field that waits for the next start', () => {
    const rigid = shapeOf({ ...desired, machine: { ...desired.machine, type: 'microvm' } });
    const machine = { vcpus: 2, memoryMib: 512, type: 'pc', firmware: 'uefi', cpuModel: 'max' } as const;
    const nics = [{ nicId: 'n', mac: 'm', kind: 'user' as const, forwards: [] }];
    const want = { ...desired, machine, disks: [], nics };
    expect(restartRequired(want, { ...process, shape: rigid })).toEqual([
      'vcpus',
      'memoryMiB',
      'machine',
      'firmware',
      'cpuModel',
      'disks',
      'nics',
    ]);
  });

  it('names fewer CPUs, memory beyond the headroom or in odd pieces, and disks for which there is no port', () => {
    const waits = (machine: Partial<DesiredVm['machine']>, is = process) =>
      restartRequired({ ...desired, machine: { ...desired.machine, ...machine } }, is);
    const roomy = { ...process, shape: { ...process.shape, maxMemoryMib: 1024 } };
    expect(waits({ vcpus: 1 }, { ...process, vcpus: 2 })).toEqual(['vcpus']);
    expect(waits({ vcpus: 5 })).toEqual(['vcpus']);
    expect(waits({ memoryMib: 384 })).toEqual(['memoryMiB']);
    expect(waits({ memoryMib: 300 }, roomy)).toEqual(['memoryMiB']);
    expect(waits({ memoryMib: 384 }, roomy)).toEqual([]);
    expect(waits({ memoryMib: 128 }, roomy)).toEqual(['memoryMiB']);
    expect(waits({ maxVcpus: 16, maxMemoryMib: 2048 })).toEqual(['maxVcpus', 'maxMemoryMiB']);
    const disks = [0, 1, 2, 3, 4].map((n) => ({
      diskId: `${n}`,
      bootOrder: 0,
      sizeBytes: 1,
      readOnly: false,
    }));
    expect(restartRequired({ ...desired, disks: [...desired.disks, ...disks] }, process)).toEqual(['disks']);
    const larger = { ...desired.disks[0]!, readOnly: true, sizeBytes: 99 };
    expect(restartRequired({ ...desired, disks: [larger] }, process, made.disks)).toEqual(['disks']);
  });
});

describe('hot changes', () => {
  const roomy = { ...running.process!, shape: { ...running.process!.shape, maxMemoryMib: 2048 } };
  const data = { diskId: 'data', bootOrder: 2, sizeBytes: 5, readOnly: false };

  it('attach, detach and at last remove a disk, each only when it is asked for', () => {
    const attached = steps({ disks: [...desired.disks, data] }, running);
    expect(attached).toEqual(['create-disk data', 'attach-disk data at port 1']);
    const shape = { ...roomy.shape, disks: [...roomy.shape.disks, { diskId: 'data', port: 1 }] };
    const is: ActualVm = {
      ...running,
      disks: [...made.disks, { diskId: 'data', sizeBytes: 5 }],
      process: { ...running.process!, shape },
    };
    const detach = 'detach-disk data within 30000 ms';
    expect(steps({ disks: [...desired.disks, { ...data, presence: 'detached' }] }, is)).toEqual([detach]);
    expect(steps({}, is)).toEqual([detach]);
    expect(steps({ disks: [...desired.disks, { ...data, presence: 'removed' }] }, is)).toEqual([
      detach,
      'remove-disk data',
    ]);
    expect(
      steps({ disks: [...desired.disks, { ...data, presence: 'removed' }] }, { ...is, process: undefined }),
    ).toContain('remove-disk data');
  });

  it('plug a device in again that the guest let go of too late', () => {
    const is: ActualVm = { ...running, process: { ...running.process!, missing: ['root'] } };
    expect(steps({}, is)).toEqual(['attach-disk root at port 0']);
  });

  it('let a paused guest run before it is asked for anything', () => {
    const is: ActualVm = { ...running, process: { ...running.process!, phase: 'paused' } };
    expect(steps({ disks: [], unplugTimeoutMs: 7 }, is)).toEqual(['resume', 'detach-disk root within 7 ms']);
  });

  it('add CPUs and memory, take the added memory back, and tell the balloon', () => {
    const resized = (machine: Partial<DesiredVm['machine']>, modules = roomy.modules) =>
      steps({ machine: { ...desired.machine, ...machine } }, { ...running, process: { ...roomy, modules } });
    expect(resized({ vcpus: 3 })).toEqual(['add-vcpus up to 3']);
    expect(resized({ memoryMib: 512 })).toEqual(['add-memory dimm0 of 256 MiB']);
    const two = [
      { moduleId: 'dimm0', sizeMib: 128 },
      { moduleId: 'dimm1', sizeMib: 256 },
    ];
    expect(resized({ memoryMib: 768 }, two)).toEqual(['add-memory dimm2 of 128 MiB']);
    expect(resized({ memoryMib: 384 }, two)).toEqual(['remove-memory dimm1 within 30000 ms']);
    expect(resized({ memoryMib: 256, balloonMib: 200 }, two)).toEqual([
      'remove-memory dimm1 within 30000 ms',
      'remove-memory dimm0 within 30000 ms',
      'set-balloon to take 56 of 256 MiB',
    ]);
  });

  it('plug a NIC in before its ports are forwarded', () => {
    const forward = {
      forwardId: 'f',
      protocol: 'tcp' as const,
      hostAddress: '127.0.0.1',
      hostPort: 1,
      guestPort: 80,
    };
    const nics = [{ nicId: 'n', mac: 'm', kind: 'user' as const, forwards: [forward] }];
    expect(steps({ nics }, running)).toEqual([
      'attach-nic n at port 1',
      'add-forward tcp 127.0.0.1:1 -> :80',
    ]);
    const shape = { ...roomy.shape, nics: [{ nicId: 'n', mac: 'm', kind: 'user', port: 1 }] };
    expect(steps({}, { ...running, process: { ...running.process!, shape } })).toEqual([
      'detach-nic n within 30000 ms',
    ]);
  });
});

describe('a seed', () => {
  const seeded = (instanceId: string): Partial<DesiredVm> => ({
    cloudInit: { instanceId, userData: 'u', metaData: 'm', networkConfig: 'n' },
  });
  const withSeed: ActualVm = {
    ...running,
    process: { ...running.process!, shape: shapeOf({ ...desired, ...seeded('a') }) },
  };
  const waiting = (want: Partial<DesiredVm>, is: ActualVm) =>
    restartRequired({ ...desired, ...want }, is.process!, is.disks);

  it('is made right before each launch, and only then', () => {
    expect(steps(seeded('a'), made)).toEqual(['make-seed a', 'launch', 'resume']);
    expect(steps({ ...seeded('a'), startGeneration: 2 }, withSeed)).toEqual([
      'power-off',
      'make-seed a',
      'launch',
      'resume',
    ]);
    expect(steps(seeded('a'), withSeed)).toEqual([]);
    expect(steps({ ...seeded('a'), power: 'stopped' }, made)).toEqual([]);
  });

  it('keeps its port for itself when a disk is plugged in beside it', () => {
    const more = { diskId: 'data', bootOrder: 0, sizeBytes: 1, readOnly: false };
    expect(withSeed.process?.shape).toMatchObject({ seed: { instanceId: 'a', port: 1 }, ports: 6 });
    expect(steps({ ...seeded('a'), disks: [...desired.disks, more] }, withSeed)).toEqual([
      'create-disk data',
      'attach-disk data at port 2',
    ]);
    expect(steps({ ...seeded('b'), disks: [...desired.disks, more] }, running)).toContain(
      'attach-disk data at port 1',
    );
  });

  it('waits for the next start when another first boot is asked for, and when there is to be none', () => {
    expect(waiting(seeded('a'), withSeed)).toEqual([]);
    const otherText = { cloudInit: { ...seeded('a').cloudInit!, networkConfig: 'another' } };
    expect(waiting(otherText, withSeed)).toEqual([]);
    expect(waiting(seeded('b'), withSeed)).toEqual(['cloudInit']);
    expect(waiting({}, withSeed)).toEqual(['cloudInit']);
    expect(waiting(seeded('a'), running)).toEqual(['cloudInit']);
  });
});
