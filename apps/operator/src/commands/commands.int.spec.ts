import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import { loadConfig } from '#libs/config';
import { type DesiredVm, desiredVmCodec, planReplyCodec, planRequestCodec, subjects } from '#libs/contracts';
import { createLogger } from '#libs/logging';
import { expectNoLeftovers, waitFor } from '#libs/testing';
import { SLEEPS } from '../../../../test/operator/boot-sectors.js';
import { ImageServer } from '../../../../test/operator/image-server.js';
import { later, TestHost } from '../../../../test/operator/test-host.js';
import { type StartedOperator, startOperator } from '../start-operator.js';

const leftovers = expectNoLeftovers('oc');
let host: TestHost;
let images: ImageServer;
let started: StartedOperator;

beforeAll(async () => {
  host = await TestHost.start(leftovers.folder);
  images = await ImageServer.start(host.bus);
  const config = loadConfig('operator', { argv: [], env: host.env });
  started = await startOperator(config, createLogger({ service: 'operator', level: 'silent' }));
});

afterAll(async () => {
  await started?.app.close();
  await images?.stop();
  await host?.stop();
  await leftovers.check({ allowed: ['s/'] });
});

async function running(fields: Partial<DesiredVm> = {}): Promise<DesiredVm> {
  const vm = host.vm(fields);
  await host.send(vm);
  await host.settled(vm, 'running');
  return vm;
}

const remove = (vm: DesiredVm) => host.remove(vm);

/** A guest that sleeps and hears no power button. */
const deaf = () => ({
  disks: [{ diskId: uuidv7(), bootOrder: 1, sizeBytes: 1 << 20, image: images.add(SLEEPS), readOnly: false }],
});

describe('asking the guest to shut down', () => {
  it('fails with guest_refused when it does not and force was not asked for; the guest runs on', async () => {
    const vm = await running(deaf());
    const asked = later(vm, {
      power: 'stopped',
      stop: { askGuest: true, timeoutMs: 300, thenForce: false },
    });
    await host.send(asked);
    const refused = await host.settled(asked, 'running');
    expect(refused.failure?.code).toBe('guest_refused');
    await remove(asked);
  });

  it('cuts the power after the time limit when force was asked for', async () => {
    const vm = await running(deaf());
    const asked = later(vm, { power: 'stopped', stop: { askGuest: true, timeoutMs: 300, thenForce: true } });
    await host.send(asked);
    expect(await host.settled(asked, 'stopped')).toMatchObject({ lastExit: { reason: 'requested' } });
    await remove(asked);
  });

  it('is cut short by a stop that comes later', async () => {
    const vm = await running(deaf());
    const asked = later(vm, {
      power: 'stopped',
      stop: { askGuest: true, timeoutMs: 600_000, thenForce: false },
    });
    await host.send(asked);
    await host.rowWhere(vm.vmId, 'it is asked', (row) => row.state === 'stopping');
    const forced = later(asked, { stop: { askGuest: false, timeoutMs: 0, thenForce: true } });
    await host.send(forced);
    await host.settled(forced, 'stopped', 3_000);
    await remove(forced);
  });
});

describe('a command', () => {
  it('presses the reset button of a running VM, and its answer is told again when it is sent again', async () => {
    const vm = await running();
    const pid = host.row(vm.vmId)?.pid;
    const reset = await host.command(vm, { $case: 'reset', value: {} });
    expect(await host.answer(reset.operationId)).toMatchObject({ status: 'succeeded', attempt: 1 });
    expect(host.row(vm.vmId)?.pid).toBe(pid);
    host.commandEvents.length = 0;
    await host.command(vm, reset.action, { operationId: reset.operationId });
    expect(await host.answer(reset.operationId)).toMatchObject({ status: 'succeeded', attempt: 1 });
    await remove(vm);
  });

  it('for a VM that does not run is refused with a code', async () => {
    const vm = host.vm({ power: 'stopped' });
    await host.send(vm);
    await host.settled(vm, 'stopped');
    const { operationId } = await host.command(vm, { $case: 'reset', value: {} });
    expect((await host.answer(operationId)).failure?.code).toBe('invalid_state');
    await remove(vm);
  });

  it('for a later generation waits until that is there', async () => {
    const vm = await running();
    const next = later(vm, { name: 'renamed' });
    const early = await host.command(next, { $case: 'reset', value: {} });
    await host.nextBeat();
    expect(host.commandEvents.some((it) => it.operationId === early.operationId)).toBe(false);
    await host.send(next);
    expect((await host.answer(early.operationId)).status).toBe('succeeded');
    await remove(next);
  });

  it('whose deadline passes first fails with deadline_exceeded, known VM or not', async () => {
    const vm = await running();
    const deadlineAtMs = Date.now() + 200;
    const waiting = { deadlineAtMs, minGeneration: 99 };
    const one = await host.command(vm, { $case: 'reset', value: {} }, waiting);
    const two = await host.command(host.vm(), { $case: 'reset', value: {} }, { deadlineAtMs });
    expect((await host.answer(one.operationId)).failure?.code).toBe('deadline_exceeded');
    expect((await host.answer(two.operationId)).failure?.code).toBe('deadline_exceeded');
    await remove(vm);
  });

  it('sent before its VM came is carried out once it is there', async () => {
    const vm = host.vm();
    const { operationId } = await host.command(vm, { $case: 'reset', value: {} });
    await host.nextBeat();
    await host.send(vm);
    expect((await host.answer(operationId)).status).toBe('succeeded');
    await remove(vm);
  });

  it('that names another host is dropped', async () => {
    const vm = await running();
    const { operationId } = await host.command(vm, { $case: 'reset', value: {} }, { hostId: uuidv7() });
    const after = await host.command(vm, { $case: 'reset', value: {} });
    await host.answer(after.operationId);
    expect(started.operator.host.journal.get(operationId)).toBeUndefined();
    await remove(vm);
  });
});

describe('a desired state', () => {
  it('that names another host is dropped', async () => {
    const vm = host.vm();
    const foreign = { ...vm, hostId: uuidv7() };
    await host.bus.publishDurable(subjects.desired(host.hostId, vm.vmId), desiredVmCodec, foreign);
    await host.nextBeat();
    expect(started.operator.registry.get(vm.vmId)).toBeUndefined();
  });

  it('that comes after its deletion does not bring the VM back, and the deletion is told again', async () => {
    const vm = await running();
    await remove(vm);
    host.events.length = 0;
    await host.send(vm);
    await waitFor(() => host.events.some((it) => it.report.state === 'absent'), { what: 'told again' });
    expect(host.qemus(vm.vmId)).toEqual([]);
    expect((await host.nextBeat()).vms.find((row) => row.vmId === vm.vmId)?.state).toBe('absent');
  });

  it('released stops the VM, keeps its disks, and finds them when it comes back', async () => {
    const vm = await running({
      disks: [{ diskId: uuidv7(), bootOrder: 1, sizeBytes: 1 << 20, readOnly: false }],
    });
    const released = later(vm, { presence: 'released', power: 'stopped' });
    await host.send(released);
    expect((await host.settled(released, 'absent')).reason).toBe('released');
    const back = later(released, { presence: 'present', power: 'running', startGeneration: 3 });
    await host.send(back);
    const row = await host.settled(back, 'running');
    expect(row.lastExit?.exitSeq).toBe(1);
    const steps = host.events.filter((it) => it.report.vmId === vm.vmId).flatMap((it) => it.steps);
    expect(steps.filter((it) => it.step.startsWith('create-disk'))).toHaveLength(1);
    await remove(back);
  });

  it('with a larger disk makes the disk grow while the VM runs', async () => {
    const disk = { diskId: uuidv7(), bootOrder: 1, sizeBytes: 1 << 20, readOnly: false };
    const vm = await running({ disks: [disk] });
    const larger = later(vm, { disks: [{ ...disk, sizeBytes: 2 << 20 }] });
    await host.send(larger);
    expect((await host.settled(larger, 'running')).restartRequired).toEqual([]);
    const steps = host.events.filter((it) => it.report.vmId === vm.vmId).flatMap((it) => it.steps);
    expect(steps.map((it) => it.step)).toContain(`grow-disk ${disk.diskId} to ${2 << 20} bytes`);
    await remove(larger);
  });

  it('can be asked about without being carried out', async () => {
    const vm = host.vm({ disks: [{ diskId: uuidv7(), bootOrder: 1, sizeBytes: 1 << 20, readOnly: false }] });
    const ask = (desired: DesiredVm) =>
      host.bus.request(
        subjects.hostRpc(host.hostId, 'plan'),
        planRequestCodec,
        { desired },
        planReplyCodec,
        2000,
      );
    const reply = await ask(vm);
    expect(reply.steps).toEqual([`create-disk ${vm.disks[0]?.diskId}`, 'launch', 'resume']);
    expect(reply.qemuArguments).toEqual(expect.arrayContaining(['-uuid', vm.vmId, '-S']));
    const uefi = await ask({ ...vm, machine: { ...vm.machine, firmware: 'uefi' } });
    expect(uefi.errorCode).toBe('unsupported');
    expect(started.operator.registry.get(vm.vmId)).toBeUndefined();
  });

  it('that QEMU refuses ends failed with its words and without a path of the host', async () => {
    const vm = host.vm({ machine: { ...host.vm().machine, cpuModel: 'no-such-cpu' } });
    await host.send(vm);
    const { failure } = await host.settled(vm, 'failed');
    expect(failure).toMatchObject({ code: 'hypervisor_error' });
    expect(failure?.message).toContain('no-such-cpu');
    expect(failure?.message).not.toContain(leftovers.folder);
    await remove(vm);
  });
});

describe('the operator', () => {
  it('serves its health and its figures', async () => {
    const url = await started.app.getUrl();
    expect((await fetch(`${url}/ready`)).status).toBe(200);
    const metrics = await (await fetch(`${url}/metrics`)).text();
    expect(metrics).toMatch(/vman_operator_step_seconds_count\{.*step="launch"/);
    expect(metrics).toMatch(/vman_operator_exits_total\{.*reason="requested"/);
  });
});
