/** Kills the operator at one named point of its work, starts it again, and says what came of the work. */
import { randomUUID } from 'node:crypto';
import { expect } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import type { DesiredVm, Disk } from '#libs/contracts';
import { freePort } from '#libs/testing';
import type { ImageServer } from './image-server.js';
import type { Interruption, Scenario } from './interruptions.js';
import type { OperatorProcess } from './operator-process.js';
import { later, type TestHost } from './test-host.js';

export interface Stage {
  host: TestHost;
  images: ImageServer;
  operator: OperatorProcess;
}

/** Lets the operator die there, and checks what becomes of it. */
export function interrupt(stage: Stage, { scenario, point }: Interruption): Promise<void> {
  return SCENARIOS[scenario](stage, point);
}

async function dieAt(operator: OperatorProcess): Promise<void> {
  expect((await operator.gone()).signal).toBe('SIGKILL');
  await operator.start();
}

/** A start: the VM runs once, had no exit, and its deletion leaves nothing. */
async function killDuringStart({ host, images, operator }: Stage, point: string): Promise<void> {
  operator.spawn({ VMAN_FAILPOINTS: `${point}=crash` });
  const image = images.add(Buffer.alloc(512, point));
  const disks = [{ diskId: uuidv7(), bootOrder: 1, sizeBytes: 1 << 20, image, readOnly: false }];
  const cloudInit = { instanceId: 'iid-1', userData: '#!/bin/sh\n', metaData: '', networkConfig: '' };
  const vm = host.vm({ disks, cloudInit });
  await host.send(vm);
  await dieAt(operator);
  // What was not acknowledged comes again: here from the relay, which is sooner than the broker.
  await host.send(vm);
  const row = await host.settled(vm, 'running');
  await host.nextBeat();
  expect(host.qemus(vm.vmId)).toEqual([row.pid]);
  expect(row.lastExit).toBeUndefined();
  await host.remove(vm);
  expect(host.leftOf(vm.vmId)).toEqual([]);
}

/** A deletion: it is finished. */
async function killDuringDeletion({ host, operator }: Stage, point: string): Promise<void> {
  await operator.start({ VMAN_FAILPOINTS: `${point}=crash` });
  const disks = [{ diskId: uuidv7(), bootOrder: 1, sizeBytes: 1 << 20, readOnly: false }];
  const vm = host.vm({ disks });
  await host.send(vm);
  await host.settled(vm, 'running');
  const deleted = later(vm, { presence: 'deleted', power: 'stopped' });
  await host.send(deleted);
  await dieAt(operator);
  await host.settled(deleted, 'absent');
  expect(host.leftOf(vm.vmId)).toEqual([]);
}

/** A repair: the VM is started again, once. */
async function killDuringRepair({ host, operator }: Stage, point: string): Promise<void> {
  await operator.start({ VMAN_FAILPOINTS: `${point}=crash` });
  const vm = host.vm();
  await host.send(vm);
  const { pid } = await host.settled(vm, 'running');
  process.kill(pid, 'SIGKILL');
  await host.rowWhere(vm.vmId, 'it crashed', (row) => row.state === 'crashed');
  const operationId = randomUUID();
  await host.repair(vm, 1, { operationId });
  await dieAt(operator);
  await host.repair(vm, 1, { operationId });
  const runs = (row: { state: string; pid: number }) => row.state === 'running' && row.pid !== pid;
  const again = await host.rowWhere(vm.vmId, 'it runs again', runs);
  expect(again).toMatchObject({ restarts: 1, repairedExitSeq: 1 });
  expect(host.qemus(vm.vmId)).toEqual([again.pid]);
  await host.remove(vm);
  expect(host.leftOf(vm.vmId)).toEqual([]);
}

interface Change {
  from: Partial<DesiredVm>;
  to: (vm: DesiredVm) => Partial<DesiredVm>;
  state: 'running' | 'paused' | 'stopped';
}

const blank = (): Disk => ({ diskId: uuidv7(), bootOrder: 0, sizeBytes: 1 << 20, readOnly: false });
const hot = (vm: DesiredVm) => ({ ...vm.machine, maxMemoryMib: 512 });

/** What makes each of these steps necessary. */
async function changeFor(step: string): Promise<Change> {
  const nic = { nicId: uuidv7(), mac: '52:54:00:00:00:01', kind: 'user' as const, forwards: [] };
  const forward = {
    forwardId: uuidv7(),
    protocol: 'tcp' as const,
    hostAddress: '127.0.0.1',
    hostPort: await freePort(),
    guestPort: 80,
  };
  const forwarded = { ...nic, forwards: [forward] };
  switch (step) {
    case 'pause':
      return { from: {}, to: () => ({ power: 'paused' }), state: 'paused' };
    case 'ask-guest-off': {
      const stop = { askGuest: true, timeoutMs: 300, thenForce: true };
      return { from: {}, to: () => ({ power: 'stopped', stop }), state: 'stopped' };
    }
    case 'add-forward':
      return { from: { nics: [nic] }, to: () => ({ nics: [forwarded] }), state: 'running' };
    case 'remove-forward':
      return { from: { nics: [forwarded] }, to: () => ({ nics: [nic] }), state: 'running' };
    case 'attach-nic':
      return { from: {}, to: () => ({ nics: [nic] }), state: 'running' };
    case 'attach-disk':
      return { from: {}, to: (vm) => ({ disks: [...vm.disks, blank()] }), state: 'running' };
    case 'grow-disk': {
      const larger = (disk: Disk) => ({ ...disk, sizeBytes: 4 << 20 });
      return { from: { disks: [blank()] }, to: (vm) => ({ disks: vm.disks.map(larger) }), state: 'running' };
    }
    case 'add-vcpus':
      return { from: {}, to: (vm) => ({ machine: { ...hot(vm), vcpus: 2 } }), state: 'running' };
    case 'add-memory':
      return { from: {}, to: (vm) => ({ machine: { ...hot(vm), memoryMib: 256 } }), state: 'running' };
    case 'limit-disk': {
      const ioLimits = { readIops: 100, writeIops: 0, readBytesPerSecond: 0, writeBytesPerSecond: 1 << 20 };
      const limited = (disk: Disk) => ({ ...disk, ioLimits });
      return { from: { disks: [blank()] }, to: (vm) => ({ disks: vm.disks.map(limited) }), state: 'running' };
    }
    case 'set-balloon':
      return { from: {}, to: (vm) => ({ machine: { ...hot(vm), balloonMib: 100 } }), state: 'running' };
    default:
      throw new Error(`no change makes ${step} necessary`);
  }
}

/** A change of a VM that runs: it is made, in the same process. */
async function killDuringChange({ host, operator }: Stage, point: string): Promise<void> {
  await operator.start({ VMAN_FAILPOINTS: `${point}=crash` });
  const { from, to, state } = await changeFor(point.split('.')[1] ?? '');
  const plain = host.vm(from);
  const vm = { ...plain, machine: hot(plain) };
  await host.send(vm);
  const { pid } = await host.settled(vm, 'running');
  const changed = later(vm, to(vm));
  await host.send(changed);
  await dieAt(operator);
  const row = await host.settled(changed, state);
  expect(row.failure).toBeUndefined();
  expect(host.qemus(vm.vmId)).toEqual(state === 'stopped' ? [] : [pid]);
  await host.remove(changed);
  expect(host.leftOf(vm.vmId)).toEqual([]);
}

/** A reset: it is answered once it was carried out. */
async function killDuringReset({ host, operator }: Stage, point: string): Promise<void> {
  await operator.start({ VMAN_FAILPOINTS: `${point}=crash` });
  const vm = host.vm();
  await host.send(vm);
  const { pid } = await host.settled(vm, 'running');
  const { operationId } = await host.command(vm, { $case: 'reset', value: {} });
  await dieAt(operator);
  expect(await host.answer(operationId)).toMatchObject({ status: 'succeeded', attempt: 2 });
  expect(host.qemus(vm.vmId)).toEqual([pid]);
  await host.remove(vm);
}

/** The end of a process: it is counted once. */
async function killDuringExit({ host, operator }: Stage, point: string): Promise<void> {
  await operator.start({ VMAN_FAILPOINTS: `${point}=crash` });
  const vm = host.vm();
  await host.send(vm);
  const { pid } = await host.settled(vm, 'running');
  process.kill(pid, 'SIGKILL');
  await dieAt(operator);
  const crashed = await host.rowWhere(vm.vmId, 'its end is told', (row) => row.state === 'crashed');
  expect(crashed.lastExit?.exitSeq).toBe(1);
  await operator.end('SIGKILL');
  await operator.start();
  await host.nextBeat();
  expect(host.row(vm.vmId)?.lastExit?.exitSeq).toBe(1);
  await host.remove(vm);
  expect(host.leftOf(vm.vmId)).toEqual([]);
}

/** An operator that dies while it comes or goes: the guest runs on, and the next one has it. */
async function killWhileItRuns({ host, operator }: Stage, point: string): Promise<void> {
  const drains = point.startsWith('operator.drain.');
  await operator.start(drains ? { VMAN_FAILPOINTS: `${point}=crash` } : {});
  const vm = host.vm();
  await host.send(vm);
  const { pid, rev } = await host.settled(vm, 'running');
  await operator.end(drains ? 'SIGTERM' : 'SIGKILL');
  if (!drains) operator.spawn({ VMAN_FAILPOINTS: `${point}=crash` });
  await dieAt(operator);
  const again = (row: { rev: typeof rev; state: string }) =>
    row.rev.startCount > rev.startCount && row.state === 'running';
  const row = await host.rowWhere(vm.vmId, 'it is adopted', again);
  expect(row).toMatchObject({ pid, lastExit: undefined });
  await host.remove(vm);
  expect(host.leftOf(vm.vmId)).toEqual([]);
}

const SCENARIOS: Record<Scenario, (stage: Stage, point: string) => Promise<void>> = {
  start: killDuringStart,
  change: killDuringChange,
  deletion: killDuringDeletion,
  repair: killDuringRepair,
  reset: killDuringReset,
  exit: killDuringExit,
  adoption: killWhileItRuns,
  drain: killWhileItRuns,
};
