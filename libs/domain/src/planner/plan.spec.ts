import { describe, expect, it } from '@jest/globals';
import type { DesiredVm } from '#libs/contracts';
import { type ActualVm, shapeOf } from './actual-vm.js';
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
  process: { pid: 7, phase: 'running', startGeneration: 1, shape: shapeOf(desired), forwards: [] },
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
    const shape = { ...shapeOf(desired), nics: [nic] };
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
    const machine = { vcpus: 2, memoryMib: 512, type: 'pc', firmware: 'uefi', cpuModel: 'max' } as const;
    const nics = [{ nicId: 'n', mac: 'm', kind: 'user' as const, forwards: [] }];
    expect(restartRequired({ ...desired, machine, disks: [], nics }, process)).toEqual([
      'vcpus',
      'memoryMiB',
      'machine',
      'firmware',
      'cpuModel',
      'disks',
      'nics',
    ]);
  });
});
