import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import { type DesiredVm, planReplyCodec, planRequestCodec, subjects } from '#libs/contracts';
import { expectNoLeftovers, waitFor } from '#libs/testing';
import { POWERS_OFF } from '../../../../test/operator/boot-sectors.js';
import { compileOperator } from '../../../../test/operator/compile-operator.js';
import { ImageServer } from '../../../../test/operator/image-server.js';
import { OperatorProcess } from '../../../../test/operator/operator-process.js';
import { later, TestHost } from '../../../../test/operator/test-host.js';
import { readJson, writeJson } from '../storage/json-file.js';
import type { ProcessRecord } from '../storage/vm-records.js';

jest.setTimeout(60_000);

const leftovers = expectNoLeftovers('os');
let host: TestHost;
let images: ImageServer;
let operator: OperatorProcess;

beforeAll(async () => {
  host = await TestHost.start(leftovers.folder);
  images = await ImageServer.start(host.bus);
  operator = new OperatorProcess(await compileOperator(), host);
});

afterEach(async () => {
  host.observe();
  await operator.end('SIGKILL');
});

afterAll(async () => {
  await images?.stop();
  await host?.stop();
  await leftovers.check({ allowed: ['s/'] });
});

async function running(fields: Partial<DesiredVm> = {}): Promise<{ vm: DesiredVm; pid: number }> {
  const vm = host.vm(fields);
  await host.send(vm);
  return { vm, pid: (await host.settled(vm, 'running')).pid };
}

async function remove(vm: DesiredVm): Promise<void> {
  await host.remove(vm);
  expect(host.leftOf(vm.vmId)).toEqual([]);
}

const restarted = (row: { rev: { startCount: number } }, before: number) => row.rev.startCount > before;
const startsOf = (vmId: string) => host.row(vmId)?.rev.startCount ?? 0;

describe('an operator that was killed', () => {
  it('finds the same process again and controls it', async () => {
    await operator.start();
    const { vm, pid } = await running();
    const before = startsOf(vm.vmId);
    await operator.end('SIGKILL');
    expect(host.qemus(vm.vmId)).toEqual([pid]);
    await operator.start();
    const row = await host.rowWhere(vm.vmId, 'adopted', (it) => restarted(it, before));
    expect(row).toMatchObject({ state: 'running', pid, lastExit: undefined });
    const paused = later(vm, { power: 'paused' });
    await host.send(paused);
    expect((await host.settled(paused, 'paused')).pid).toBe(pid);
    process.kill(pid, 'SIGKILL');
    const crashed = await host.rowWhere(vm.vmId, 'its end is seen', (it) => it.lastExit !== undefined);
    expect(crashed.lastExit).toMatchObject({ exitSeq: 1, reason: 'crash', status: '' });
    await remove(paused);
  });

  it('tells a guest that shut down while nobody watched from one that was killed', async () => {
    await operator.start();
    const image = images.add(POWERS_OFF);
    const disks = [{ diskId: uuidv7(), bootOrder: 1, sizeBytes: 1 << 20, image, readOnly: false }];
    const paused = host.vm({ disks, power: 'paused' });
    await host.send(paused);
    await host.settled(paused, 'paused');
    const sleeper = later(paused, { power: 'running' });
    await host.send(sleeper);
    await host.settled(sleeper, 'running');
    const killed = await running();
    await operator.end('SIGKILL');
    process.kill(killed.pid, 'SIGKILL');
    await waitFor(() => host.qemus(sleeper.vmId).length === 0, { timeoutMs: 20_000, what: 'it shut down' });
    await operator.start();
    const one = await host.rowWhere(sleeper.vmId, 'the first is told', (it) => it.lastExit !== undefined);
    const two = await host.rowWhere(killed.vm.vmId, 'the second is told', (it) => it.lastExit !== undefined);
    expect([one.lastExit?.reason, two.lastExit?.reason]).toEqual(['guest-shutdown', 'crash']);
    expect(host.qemus(sleeper.vmId)).toEqual([]);
    await remove(sleeper);
    await remove(killed.vm);
  });

  it('calls the end by a reboot of the host by its name', async () => {
    await operator.start();
    const { vm, pid } = await running();
    await operator.end('SIGKILL');
    process.kill(pid, 'SIGKILL');
    const path = join(leftovers.folder, 's/vms', vm.vmId, 'process.json');
    const record = (await readJson<ProcessRecord>(path)) as ProcessRecord;
    const bootId = uuidv7();
    const identity = record.identity && { ...record.identity, bootId };
    await writeJson(path, { ...record, bootId, identity });
    await operator.start();
    const row = await host.rowWhere(vm.vmId, 'the end is told', (it) => it.lastExit !== undefined);
    expect(row.lastExit).toMatchObject({ exitSeq: 1, reason: 'host-reboot' });
    await remove(vm);
  });

  it('adopts a process whose record was damaged', async () => {
    await operator.start();
    const { vm, pid } = await running();
    const before = startsOf(vm.vmId);
    await operator.end('SIGKILL');
    writeFileSync(join(leftovers.folder, 's/vms', vm.vmId, 'process.json'), '{"version":1,"checksum":"x"}');
    await operator.start();
    const row = await host.rowWhere(vm.vmId, 'adopted', (it) => restarted(it, before));
    expect(row).toMatchObject({ state: 'running', pid });
    await remove(vm);
  });

  it('gives a command up after five attempts', async () => {
    await operator.start();
    const { vm } = await running();
    await operator.end('SIGTERM');
    operator.spawn({ VMAN_FAILPOINTS: 'operator.command.reset.before=crash' });
    const { operationId } = await host.command(vm, { $case: 'reset', value: {} });
    for (let attempt = 0; attempt < 5; attempt += 1) {
      await operator.gone();
      operator.spawn({ VMAN_FAILPOINTS: 'operator.command.reset.before=crash' });
    }
    expect(await host.answer(operationId)).toMatchObject({ status: 'failed', attempt: 5 });
    await remove(vm);
  });
});

describe('an operator', () => {
  it('that is asked to end says so and touches no guest', async () => {
    await operator.start();
    const { vm, pid } = await running();
    await operator.end('SIGTERM');
    expect(host.beats.at(-1)?.draining).toBe(true);
    expect(host.qemus(vm.vmId)).toEqual([pid]);
    await operator.start();
    await remove(vm);
  });

  it('refuses to start beside a living one on the same storage', async () => {
    await operator.start();
    const second = new OperatorProcess(await compileOperator(), host);
    second.spawn();
    expect((await second.gone()).code).toBe(1);
    expect(second.output).toContain('Another operator');
  });

  it('shows a VM whose monitor hangs as unknown, works on the others, and takes it back when it answers', async () => {
    await operator.start();
    const [hung, sound] = [await running(), await running()];
    const before = startsOf(hung.vm.vmId);
    await operator.end('SIGKILL');
    process.kill(hung.pid, 'SIGSTOP');
    await operator.start();
    const found = await host.rowWhere(sound.vm.vmId, 'the sound one', (row) => restarted(row, before), 2_500);
    expect(found.state).toBe('running');
    const unknown = await host.rowWhere(hung.vm.vmId, 'the hung one', (row) => restarted(row, before));
    expect(unknown).toMatchObject({ state: 'unknown', reason: 'monitor-hung', pid: hung.pid });
    process.kill(hung.pid, 'SIGCONT');
    const back = await host.rowWhere(hung.vm.vmId, 'it answers', (row) => row.state === 'running');
    expect(back.pid).toBe(hung.pid);
    await remove(hung.vm);
    await remove(sound.vm);
  });

  it('stops a VM whose monitor hangs by force', async () => {
    await operator.start();
    const { vm, pid } = await running();
    process.kill(pid, 'SIGSTOP');
    const stopped = later(vm, { power: 'stopped' });
    await host.send(stopped);
    await host.settled(stopped, 'stopped', 20_000);
    expect(host.qemus(vm.vmId)).toEqual([]);
    await remove(stopped);
  });

  it('restarts a crashed VM by itself while no observer is heard, and not while one is', async () => {
    await operator.start();
    const { vm, pid } = await running();
    process.kill(pid, 'SIGKILL');
    await host.rowWhere(vm.vmId, 'crashed', (row) => row.state === 'crashed');
    await host.nextBeat();
    await host.nextBeat();
    expect(host.row(vm.vmId)?.state).toBe('crashed');
    host.blind();
    const again = await host.rowWhere(vm.vmId, 'runs again', (row) => row.state === 'running', 20_000);
    expect(again).toMatchObject({ restarts: 1, repairedExitSeq: 1 });
    await remove(vm);
  });

  it('on a dry run plans and touches nothing', async () => {
    await operator.start({ VMAN_OPERATOR_DRY_RUN: 'true' });
    const vm = host.vm();
    await host.send(vm);
    await host.rowWhere(vm.vmId, 'it is accepted', (row) => row.acceptedGeneration === 1);
    await host.nextBeat();
    expect(host.row(vm.vmId)).toMatchObject({ state: 'pending', observedGeneration: 0 });
    expect(host.beats.at(-1)?.hypervisor.dryRun).toBe(true);
    const subject = subjects.hostRpc(host.hostId, 'plan');
    const plan = await host.bus.request(subject, planRequestCodec, { desired: vm }, planReplyCodec, 2000);
    expect(plan.steps).toEqual(['launch', 'resume']);
    expect(host.qemus(vm.vmId)).toEqual([]);
    await operator.end('SIGTERM');
    await operator.start();
    await host.settled(vm, 'running');
    await remove(vm);
  });
});
