import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import { loadConfig } from '#libs/config';
import { type DesiredVm, planReplyCodec, planRequestCodec, subjects } from '#libs/contracts';
import { createLogger } from '#libs/logging';
import { expectNoLeftovers, waitFor } from '#libs/testing';
import { POWERS_OFF } from '../../../../test/operator/boot-sectors.js';
import { ImageServer } from '../../../../test/operator/image-server.js';
import { later, TestHost } from '../../../../test/operator/test-host.js';
import { type StartedOperator, startOperator } from '../start-operator.js';
import { readJson, writeJson } from '../storage/json-file.js';
import type { ProcessRecord } from '../storage/vm-records.js';

const leftovers = expectNoLeftovers('oh');
let host: TestHost;
let images: ImageServer;
let started: StartedOperator | undefined;

beforeAll(async () => {
  host = await TestHost.start(leftovers.folder);
  images = await ImageServer.start(host.bus);
});

afterEach(async () => {
  host.observe();
  await stop();
});

afterAll(async () => {
  await images?.stop();
  await host?.stop();
  await leftovers.check({ allowed: ['s/'] });
});

async function start(extra: Record<string, string> = {}): Promise<void> {
  const config = loadConfig('operator', { argv: [], env: { ...host.env, ...extra } });
  started = await startOperator(config, createLogger({ service: 'operator', level: 'silent' }));
}

async function stop(): Promise<void> {
  await started?.app.close();
  started = undefined;
}

async function running(fields: Partial<DesiredVm> = {}): Promise<{ vm: DesiredVm; pid: number }> {
  const vm = host.vm(fields);
  await host.send(vm);
  return { vm, pid: (await host.settled(vm, 'running')).pid };
}

async function remove(vm: DesiredVm): Promise<void> {
  await host.remove(vm);
  expect(host.leftOf(vm.vmId)).toEqual([]);
}

const recordOf = (vm: DesiredVm) => join(leftovers.folder, 's/vms', vm.vmId, 'process.json');
const startsOf = (vm: DesiredVm) => host.row(vm.vmId)?.rev.startCount ?? 0;

/** The first row that the next operator tells of a VM. */
function adopted(vm: DesiredVm, before: number, timeoutMs?: number) {
  return host.rowWhere(vm.vmId, 'it is adopted', (row) => row.rev.startCount > before, timeoutMs);
}

describe('the next operator', () => {
  it('finds what runs', async () => {
    await start();
    const { vm, pid } = await running();
    const before = startsOf(vm);
    await stop();
    expect(host.beats.at(-1)?.draining).toBe(true);
    await start();
    expect(await adopted(vm, before)).toMatchObject({ state: 'running', pid, lastExit: undefined });
    await remove(vm);
  });

  it('tells a guest that shut down while nobody watched from one that was killed', async () => {
    await start();
    const image = images.add(POWERS_OFF);
    const disks = [{ diskId: uuidv7(), bootOrder: 1, sizeBytes: 1 << 20, image, readOnly: false }];
    const sleeper = host.vm({ disks, power: 'paused' });
    await host.send(sleeper);
    await host.settled(sleeper, 'paused');
    const killed = await running();
    const woken = later(sleeper, { power: 'running' });
    await host.send(woken);
    await host.settled(woken, 'running');
    await stop();
    process.kill(killed.pid, 'SIGKILL');
    await waitFor(() => host.qemus(sleeper.vmId).length === 0, { what: 'it shut down' });
    await start();
    const one = await host.rowWhere(sleeper.vmId, 'the first is told', (row) => !!row.lastExit);
    const two = await host.rowWhere(killed.vm.vmId, 'the second is told', (row) => !!row.lastExit);
    expect([one.lastExit?.reason, two.lastExit?.reason]).toEqual(['guest-shutdown', 'crash']);
    expect(host.qemus(sleeper.vmId)).toEqual([]);
    await remove(woken);
    await remove(killed.vm);
  });

  it('calls the end by a reboot of the host by its name', async () => {
    await start();
    const { vm, pid } = await running();
    await stop();
    process.kill(pid, 'SIGKILL');
    const record = (await readJson<ProcessRecord>(recordOf(vm))) as ProcessRecord;
    const bootId = uuidv7();
    const identity = record.identity && { ...record.identity, bootId };
    await writeJson(recordOf(vm), { ...record, bootId, identity });
    await start();
    const row = await host.rowWhere(vm.vmId, 'the end is told', (it) => it.lastExit !== undefined);
    expect(row.lastExit).toMatchObject({ exitSeq: 1, reason: 'host-reboot' });
    await remove(vm);
  });

  it.each<[string, (path: string) => void]>([
    ['damaged', (path) => writeFileSync(path, '{"version":1,"checksum":"x"}')],
    ['lost', (path) => rmSync(path)],
  ])('adopts a process whose record was %s', async (_, spoil) => {
    await start();
    const { vm, pid } = await running();
    const before = startsOf(vm);
    await stop();
    spoil(recordOf(vm));
    await start();
    expect(await adopted(vm, before)).toMatchObject({ state: 'running', pid });
    await remove(vm);
  });

  it('shows a VM whose monitor hangs as unknown, works on the others, and takes it back when it answers', async () => {
    await start();
    const [hung, sound] = [await running(), await running()];
    const before = startsOf(hung.vm);
    await stop();
    process.kill(hung.pid, 'SIGSTOP');
    await start();
    expect((await adopted(sound.vm, before, 2_500)).state).toBe('running');
    const unknown = await adopted(hung.vm, before);
    expect(unknown).toMatchObject({ state: 'unknown', reason: 'monitor-hung', pid: hung.pid });
    process.kill(hung.pid, 'SIGCONT');
    const back = await host.rowWhere(hung.vm.vmId, 'it answers', (row) => row.state === 'running');
    expect(back.pid).toBe(hung.pid);
    await remove(hung.vm);
    await remove(sound.vm);
  });
});

describe('an operator', () => {
  it('stops a VM whose monitor hangs by force', async () => {
    await start();
    const { vm, pid } = await running();
    process.kill(pid, 'SIGSTOP');
    const stopped = later(vm, { power: 'stopped' });
    await host.send(stopped);
    await host.settled(stopped, 'stopped', 20_000);
    expect(host.qemus(vm.vmId)).toEqual([]);
    await remove(stopped);
  });

  it('sees the end of a process that hung', async () => {
    await start();
    const { vm, pid } = await running();
    process.kill(pid, 'SIGSTOP');
    await host.send(later(vm, { name: 'looked at' }));
    await host.rowWhere(vm.vmId, 'it hangs', (row) => row.state === 'unknown');
    process.kill(pid, 'SIGKILL');
    const row = await host.rowWhere(vm.vmId, 'its end is told', (it) => it.lastExit !== undefined);
    expect(row.lastExit).toMatchObject({ reason: 'killed' });
    await remove(vm);
  });

  it('restarts a crashed VM by itself while no observer is heard, and not while one is', async () => {
    await start();
    const { vm, pid } = await running();
    process.kill(pid, 'SIGKILL');
    await host.rowWhere(vm.vmId, 'it crashed', (row) => row.state === 'crashed');
    await host.nextBeat();
    await host.nextBeat();
    expect(host.row(vm.vmId)?.state).toBe('crashed');
    host.blind();
    const again = await host.rowWhere(vm.vmId, 'it runs again', (row) => row.state === 'running', 20_000);
    expect(again).toMatchObject({ restarts: 1, repairedExitSeq: 1 });
    await remove(vm);
  });

  it('tries again by itself when an image that was missing is there', async () => {
    await start();
    const image = images.add(Buffer.alloc(512, 'late'));
    const content = images.remove(image.digest);
    const disks = [{ diskId: uuidv7(), bootOrder: 1, sizeBytes: 1 << 20, image, readOnly: false }];
    const vm = host.vm({ disks });
    await host.send(vm);
    const failed = await host.settled(vm, 'failed');
    expect(failed.failure?.code).toBe('image_missing');
    expect(host.leftOf(vm.vmId)).toEqual([`s/vms/${vm.vmId}`]);
    images.add(content);
    await host.rowWhere(vm.vmId, 'it runs', (row) => row.state === 'running' && !row.failure);
    await remove(vm);
  });

  it('on a dry run plans and touches nothing', async () => {
    await start({ VMAN_OPERATOR_DRY_RUN: 'true' });
    const vm = host.vm();
    await host.send(vm);
    await host.rowWhere(vm.vmId, 'it is accepted', (row) => row.acceptedGeneration === 1);
    await host.nextBeat();
    expect(host.row(vm.vmId)).toMatchObject({ state: 'pending', observedGeneration: 0 });
    expect(host.beats.at(-1)?.hypervisor.dryRun).toBe(true);
    const reset = await host.command(vm, { $case: 'reset', value: {} });
    expect((await host.answer(reset.operationId)).failure?.code).toBe('unsupported');
    const subject = subjects.hostRpc(host.hostId, 'plan');
    const plan = await host.bus.request(subject, planRequestCodec, { desired: vm }, planReplyCodec, 2000);
    expect(plan.steps).toEqual(['launch', 'resume']);
    expect(host.qemus(vm.vmId)).toEqual([]);
    await stop();
    await start();
    await host.settled(vm, 'running');
    await remove(vm);
  });

  it('without a QEMU on its host says so in its health, and launches end failed with a code', async () => {
    await start({ VMAN_QEMU_BINARY: 'qemu-of-nowhere' });
    const url = await started?.app.getUrl();
    expect((await fetch(`${url}/ready`)).status).toBe(503);
    const vm = host.vm();
    await host.send(vm);
    expect((await host.settled(vm, 'failed')).failure?.code).toBe('hypervisor_error');
    await remove(vm);
  });
});
