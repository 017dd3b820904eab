import { existsSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import { loadConfig } from '#libs/config';
import type { DesiredVm } from '#libs/contracts';
import { createLogger } from '#libs/logging';
import { expectNoLeftovers, freePort, waitFor } from '#libs/testing';
import { POWERS_OFF } from '../../../test/operator/boot-sectors.js';
import { ImageServer } from '../../../test/operator/image-server.js';
import { later, TestHost } from '../../../test/operator/test-host.js';
import { type StartedOperator, startOperator } from './start-operator.js';

const leftovers = expectNoLeftovers('op');
let host: TestHost;
let images: ImageServer;
let started: StartedOperator;

beforeAll(async () => {
  host = await TestHost.start(leftovers.folder);
  host.observe();
  images = await ImageServer.start(host.bus);
  const config = loadConfig('operator', { argv: [], env: host.env });
  const level = process.env.VMAN_TEST_LOG ? 'debug' : 'silent';
  started = await startOperator(config, createLogger({ service: 'operator', level }));
});

afterAll(async () => {
  await started?.app.close();
  await images?.stop();
  await host?.stop();
  await leftovers.check({ allowed: ['s/'] });
});

const remove = (vm: DesiredVm) => host.remove(vm);

describe('one VM', () => {
  it('starts, pauses, resumes, reboots, stops and is deleted without a trace', async () => {
    let vm = host.vm({
      disks: [{ diskId: uuidv7(), bootOrder: 1, sizeBytes: 1 << 20, readOnly: false }],
    });
    await host.send(vm);
    const running = await host.settled(vm, 'running');
    expect(host.qemus(vm.vmId)).toEqual([running.pid]);
    expect(running.runningSinceMs).toBeGreaterThan(0);

    vm = later(vm, { power: 'paused' });
    await host.send(vm);
    expect((await host.settled(vm, 'paused')).pid).toBe(running.pid);

    vm = later(vm, { power: 'running' });
    await host.send(vm);
    expect((await host.settled(vm, 'running')).pid).toBe(running.pid);

    vm = later(vm, { startGeneration: vm.generation + 1 });
    await host.send(vm);
    const rebooted = await host.settled(vm, 'running');
    expect(rebooted.pid).not.toBe(running.pid);
    expect(rebooted.lastExit).toMatchObject({ exitSeq: 1, reason: 'requested', startGeneration: 1 });

    vm = later(vm, { power: 'stopped' });
    await host.send(vm);
    const stopped = await host.settled(vm, 'stopped');
    expect(stopped).toMatchObject({
      pid: 0,
      nextRestartAtMs: 0,
      lastExit: { exitSeq: 2, reason: 'requested' },
    });
    expect(host.qemus(vm.vmId)).toEqual([]);

    await remove(vm);
    expect(existsSync(join(leftovers.folder, 's/vms', vm.vmId))).toBe(false);
    expect(host.leftOf(vm.vmId)).toEqual([]);
    expect(readdirSync(join(leftovers.folder, 'r'))).toEqual([]);
  });

  it('never gets a blank disk for one whose file vanished: its start fails until the file is back', async () => {
    let vm = host.vm({
      disks: [{ diskId: uuidv7(), bootOrder: 1, sizeBytes: 1 << 20, readOnly: false }],
    });
    await host.send(vm);
    await host.settled(vm, 'running');
    vm = later(vm, { power: 'stopped' });
    await host.send(vm);
    await host.settled(vm, 'stopped');
    const disk = join(leftovers.folder, 's/disks', `${vm.disks[0]?.diskId}.qcow2`);
    renameSync(disk, `${disk}.away`);

    vm = later(vm, { power: 'running', startGeneration: vm.generation + 1 });
    await host.send(vm);
    expect((await host.settled(vm, 'failed')).failure?.code).toBe('disk_missing');
    expect(existsSync(disk)).toBe(false);

    renameSync(`${disk}.away`, disk);
    vm = later(vm, { startGeneration: vm.generation + 1 });
    await host.send(vm);
    await host.settled(vm, 'running');
    await remove(vm);
    expect(host.leftOf(vm.vmId)).toEqual([]);
  });

  it('is launched once by the same message five times, and by messages out of order', async () => {
    const first = host.vm();
    const second = later(first, { name: 'renamed' });
    for (const message of [second, first, second, second, first, second]) await host.send(message);
    const row = await host.settled(second, 'running');
    await host.nextBeat();
    expect(host.qemus(first.vmId)).toEqual([row.pid]);
    expect(host.row(first.vmId)).toMatchObject({ acceptedGeneration: 2, restarts: 0, lastExit: undefined });
    await remove(second);
  });

  it('opens and closes forwarded ports while it runs', async () => {
    const [one, two] = [await freePort(), await freePort()];
    const forward = (hostPort: number) => ({
      forwardId: uuidv7(),
      protocol: 'tcp' as const,
      hostAddress: '127.0.0.1',
      hostPort,
      guestPort: 80,
    });
    const nic = { nicId: uuidv7(), mac: '52:54:00:00:00:01', kind: 'user' as const };
    const vm = host.vm({ nics: [{ ...nic, forwards: [forward(one)] }] });
    await host.send(vm);
    const { pid } = await host.settled(vm, 'running');
    const changed = later(vm, { nics: [{ ...nic, forwards: [forward(two)] }] });
    await host.send(changed);
    expect((await host.settled(changed, 'running')).pid).toBe(pid);
    const live = started.operator.registry.get(vm.vmId)?.vm.process;
    expect(live?.forwards.map((it) => it.forward.hostPort)).toEqual([two]);
    await remove(changed);
  });

  it('that cannot get its port ends failed with port_in_use, and nothing is left of the start', async () => {
    const port = await freePort();
    const forwards = [
      {
        forwardId: uuidv7(),
        protocol: 'tcp' as const,
        hostAddress: '127.0.0.1',
        hostPort: port,
        guestPort: 80,
      },
    ];
    const nics = [{ nicId: uuidv7(), mac: '52:54:00:00:00:01', kind: 'user' as const, forwards }];
    const holder = host.vm({ nics });
    await host.send(holder);
    await host.settled(holder, 'running');
    const late = host.vm({
      nics: [{ ...nics[0], nicId: uuidv7() }] as DesiredVm['nics'],
      disks: [{ diskId: uuidv7(), bootOrder: 1, sizeBytes: 1 << 20, readOnly: false }],
    });
    await host.send(late);
    const failed = await host.settled(late, 'failed');
    expect(failed.failure?.code).toBe('port_in_use');
    expect(host.qemus(late.vmId)).toEqual([]);
    expect(host.leftOf(late.vmId)).toEqual([`s/vms/${late.vmId}`]);
    expect(readdirSync(join(leftovers.folder, 'r'))).toHaveLength(1);
    await remove(late);
    await remove(holder);
  });
});

describe('the end of QEMU', () => {
  it('is told at once, and one repair of it starts the VM again whoever sends it', async () => {
    const vm = host.vm();
    await host.send(vm);
    const { pid } = await host.settled(vm, 'running');
    process.kill(pid, 'SIGKILL');
    const crashed = await host.rowWhere(vm.vmId, 'crashed', (row) => row.state === 'crashed');
    expect(crashed).toMatchObject({ lastExit: { exitSeq: 1, reason: 'killed', status: 'signal SIGKILL' } });
    const [first, second] = [await host.repair(vm, 1), await host.repair(vm, 1)];
    expect((await host.answer(first.operationId)).status).toBe('succeeded');
    expect((await host.answer(second.operationId)).status).toBe('succeeded');
    const again = await host.rowWhere(vm.vmId, 'runs again', (row) => row.state === 'running');
    expect(again).toMatchObject({ restarts: 1, repairedExitSeq: 1 });
    expect(host.qemus(vm.vmId)).toEqual([again.pid]);
    const stale = await host.repair(vm, 7);
    expect(await host.answer(stale.operationId)).toMatchObject({ failure: { code: 'superseded' } });
    await remove(vm);
  });

  it('by the hand of the guest is not undone by a label, a message that comes again, or a new seed', async () => {
    const image = images.add(POWERS_OFF);
    const disks = [{ diskId: uuidv7(), bootOrder: 1, sizeBytes: 1 << 20, image, readOnly: false }];
    const vm = host.vm({ disks });
    await host.send(vm);
    const ended = await host.rowWhere(vm.vmId, 'the end is told', (row) => row.lastExit?.exitSeq === 1);
    expect(ended).toMatchObject({
      state: 'stopped',
      pid: 0,
      lastExit: { reason: 'guest-shutdown', status: 'code 0' },
    });
    const label = later(vm, { name: 'new label' });
    await host.send(label);
    await host.rowWhere(vm.vmId, 'the label is observed', (row) => row.observedGeneration === 2);
    await host.nats.wipe();
    await waitFor(() => host.bus.connected, { what: 'the bus is back' });
    await host.makeStreams();
    await host.send(label);
    await host.nextBeat();
    await host.nextBeat();
    expect(host.qemus(vm.vmId)).toEqual([]);
    await remove(label);
  });
});
