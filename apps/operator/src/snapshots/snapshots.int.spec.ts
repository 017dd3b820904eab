import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import { loadConfig } from '#libs/config';
import type { CommandEvent, DesiredVm, Disk } from '#libs/contracts';
import { createLogger } from '#libs/logging';
import { diskDeviceId } from '#libs/qemu';
import { expectNoLeftovers } from '#libs/testing';
import { later, TestHost } from '../../../../test/operator/test-host.js';
import { type StartedOperator, startOperator } from '../start-operator.js';

const leftovers = expectNoLeftovers('sn');
let host: TestHost;
let started: StartedOperator;

beforeAll(async () => {
  host = await TestHost.start(leftovers.folder);
  const config = loadConfig('operator', { argv: [], env: host.env });
  const level = process.env.VMAN_TEST_LOG ? 'debug' : 'silent';
  started = await startOperator(config, createLogger({ service: 'operator', level }));
});

afterAll(async () => {
  await started?.app.close();
  await host?.stop();
  await leftovers.check({ allowed: ['s/'] });
});

const fileOf = ({ diskId }: Disk) => join(leftovers.folder, 's/disks', `${diskId}.qcow2`);
const blank = (fields: Partial<Disk> = {}): Disk => ({
  diskId: uuidv7(),
  bootOrder: 0,
  sizeBytes: 1 << 20,
  readOnly: false,
  ...fields,
});
const small = (fields: Partial<DesiredVm> = {}): DesiredVm => {
  const vm = host.vm({ disks: [blank(), blank()], ...fields });
  return { ...vm, machine: { ...vm.machine, memoryMib: 32 } };
};

function monitor(vm: DesiredVm) {
  const qmp = started.operator.registry.get(vm.vmId)?.vm.process?.qmp;
  if (!qmp) throw new Error('it does not run');
  return qmp;
}

/** What the guest would write and read, by the device itself. */
async function io(vm: DesiredVm, disk: Disk, command: string): Promise<string> {
  const device = `/machine/peripheral/${diskDeviceId(disk.diskId)}/virtio-backend`;
  const line = `qemu-io -d ${device} "${command}"`;
  return monitor(vm).execute('human-monitor-command', { 'command-line': line });
}

const write = async (vm: DesiredVm, pattern: number) => {
  for (const disk of vm.disks) expect(await io(vm, disk, `write -P ${pattern} 0 64k`)).toBe('');
};

/** The pattern at the begin of a file that nobody writes to now. */
function patternOf(path: string): number {
  const raw = `${leftovers.folder}/r/pattern.raw`;
  execFileSync('qemu-img', ['convert', '-U', '-f', 'qcow2', '-O', 'raw', path, raw]);
  const pattern = execFileSync('head', ['-c', '1', raw])[0] ?? -1;
  execFileSync('rm', [raw]);
  return pattern;
}

const held = (disk: Disk): string[] => {
  const out = execFileSync('qemu-img', ['info', '-U', '--output=json', fileOf(disk)], { encoding: 'utf8' });
  return ((JSON.parse(out) as { snapshots?: { name: string }[] }).snapshots ?? []).map((it) => it.name);
};

/** What QEMU has in the memory of the machine at 1 MiB, where no firmware of a bare machine writes. */
const poke = (vm: DesiredVm) => monitor(vm).execute('query-status');

async function snapshot(vm: DesiredVm, fields: { memory?: boolean; freeze?: boolean; must?: boolean } = {}) {
  const snapshotId = uuidv7();
  const { operationId } = await host.command(vm, {
    $case: 'createSnapshot',
    value: {
      snapshotId,
      diskIds: vm.disks.map((it) => it.diskId),
      memory: fields.memory ?? false,
      freeze: fields.freeze ?? false,
      freezeTimeoutMs: 1000,
      freezeRequired: fields.must ?? false,
    },
  });
  return { snapshotId, event: await host.answer(operationId) };
}

const resultOf = (event: CommandEvent) =>
  event.result?.of?.$case === 'snapshot' ? event.result.of.value : undefined;

function restored(vm: DesiredVm, snapshotId: string, fields: Partial<DesiredVm> & { memory?: boolean } = {}) {
  const { memory = false, ...rest } = fields;
  const generation = vm.generation + 1;
  const diskIds = vm.disks.map((it) => it.diskId);
  const restore = { snapshotId, restoreGeneration: generation, memory, diskIds };
  return later(vm, { restore, startGeneration: generation, ...rest });
}

describe('a snapshot of the disks', () => {
  it('of a stopped VM is what its restore brings back, and goes without a trace', async () => {
    let vm = small({ power: 'stopped' });
    await host.send(vm);
    await host.settled(vm, 'stopped');
    for (const disk of vm.disks) execFileSync('qemu-io', ['-c', 'write -P 1 0 64k', fileOf(disk)]);
    const { snapshotId, event } = await snapshot(vm);
    expect(event).toMatchObject({ status: 'succeeded' });
    expect(resultOf(event)).toMatchObject({ consistency: 'stopped' });
    for (const disk of vm.disks) execFileSync('qemu-io', ['-c', 'write -P 2 0 64k', fileOf(disk)]);
    vm = restored(vm, snapshotId);
    await host.send(vm);
    expect((await host.settled(vm, 'stopped')).failure).toBeUndefined();
    expect(vm.disks.map((disk) => patternOf(fileOf(disk)))).toEqual([1, 1]);
    expect(vm.disks.map(held)).toEqual([[snapshotId], [snapshotId]]);

    // Told again, it is not restored again.
    for (const disk of vm.disks) execFileSync('qemu-io', ['-c', 'write -P 3 0 64k', fileOf(disk)]);
    vm = later(vm, {});
    await host.send(vm);
    await host.settled(vm, 'stopped');
    expect(vm.disks.map((disk) => patternOf(fileOf(disk)))).toEqual([3, 3]);

    const value = { snapshotId, diskIds: vm.disks.map((it) => it.diskId) };
    const { operationId } = await host.command(vm, { $case: 'deleteSnapshot', value });
    expect(await host.answer(operationId)).toMatchObject({ status: 'succeeded' });
    expect(vm.disks.map(held)).toEqual([[], []]);
    await host.remove(vm);
    expect(host.leftOf(vm.vmId)).toEqual([]);
  });

  it('of a running VM holds all disks at one moment; a copy of it is right while the guest writes on', async () => {
    let vm = small();
    await host.send(vm);
    const { pid } = await host.settled(vm, 'running');
    await write(vm, 1);
    const { snapshotId, event } = await snapshot(vm, { freeze: true });
    expect(resultOf(event)).toMatchObject({ consistency: 'crash-consistent' });
    await write(vm, 2);
    const [source] = vm.disks;
    const poolId = started.operator.host.pools.reports[0]?.poolId ?? '';
    const copy = blank({
      origin: {
        from: { $case: 'snapshot', value: { snapshotId, diskId: source?.diskId ?? '', poolId } },
      },
    });
    const other = small({ disks: [copy], power: 'stopped' });
    await host.send(other);
    expect((await host.settled(other, 'stopped')).failure).toBeUndefined();
    expect(patternOf(fileOf(copy))).toBe(1);
    expect(held(copy)).toEqual([]);
    await host.remove(other);

    vm = restored(vm, snapshotId);
    await host.send(vm);
    const again = await host.settled(vm, 'running');
    expect(again.pid).not.toBe(pid);
    expect(vm.disks.map((disk) => patternOf(fileOf(disk)))).toEqual([1, 1]);

    const value = { snapshotId, diskIds: vm.disks.map((it) => it.diskId) };
    const { operationId } = await host.command(vm, { $case: 'deleteSnapshot', value });
    expect(await host.answer(operationId)).toMatchObject({ status: 'succeeded' });
    expect(vm.disks.map(held)).toEqual([[], []]);
    await host.remove(vm);
  });

  it('that needs a frozen guest is not taken without one, and leaves nothing', async () => {
    const vm = small();
    await host.send(vm);
    await host.settled(vm, 'running');
    const { event } = await snapshot(vm, { freeze: true, must: true });
    expect(event).toMatchObject({ status: 'failed', failure: { code: 'guest_agent_unavailable' } });
    expect(vm.disks.map(held)).toEqual([[], []]);
    await host.remove(vm);
  });

  it('is found on the disks by a host that did not take it', async () => {
    let vm = small();
    await host.send(vm);
    await host.settled(vm, 'running');
    await write(vm, 1);
    const { snapshotId } = await snapshot(vm);
    await write(vm, 2);
    rmSync(join(leftovers.folder, 's/snapshots', vm.vmId), { recursive: true });
    vm = restored(vm, snapshotId);
    await host.send(vm);
    expect((await host.settled(vm, 'running')).failure).toBeUndefined();
    expect(vm.disks.map((disk) => patternOf(fileOf(disk)))).toEqual([1, 1]);
    const other = restored(vm, uuidv7());
    await host.send(other);
    const row = await host.settled(other, 'running');
    expect(row.failure?.code).toBe('snapshot_missing');
    await host.remove(other);
  });

  it('brings the size of then back, and the disk grows to what is wanted again', async () => {
    let vm = small({ disks: [blank()] });
    await host.send(vm);
    await host.settled(vm, 'running');
    const { snapshotId } = await snapshot(vm);
    vm = later(vm, { disks: vm.disks.map((disk) => ({ ...disk, sizeBytes: 4 << 20 })) });
    await host.send(vm);
    await host.settled(vm, 'running');
    vm = restored(vm, snapshotId);
    await host.send(vm);
    expect((await host.settled(vm, 'running')).failure).toBeUndefined();
    const out = execFileSync('qemu-img', ['info', '-U', '--output=json', fileOf(vm.disks[0]!)]);
    expect(JSON.parse(String(out))).toMatchObject({ 'virtual-size': 4 << 20 });
    await host.remove(vm);
  });
});

describe('a snapshot with memory', () => {
  it('lets the guest go on where it was, once', async () => {
    let vm = small();
    await host.send(vm);
    const { pid } = await host.settled(vm, 'running');
    await write(vm, 1);
    const { snapshotId, event } = await snapshot(vm, { memory: true });
    expect(event).toMatchObject({ status: 'succeeded' });
    expect(resultOf(event)?.consistency).toBe('memory');
    expect(resultOf(event)?.bytes).toBeGreaterThan(100_000);
    expect((await host.settled(vm, 'running')).pid).toBe(pid);
    await write(vm, 2);
    vm = restored(vm, snapshotId, { memory: true });
    await host.send(vm);
    const row = await host.settled(vm, 'running');
    expect(row.failure).toBeUndefined();
    expect(row.pid).not.toBe(pid);
    expect(vm.disks.map((disk) => patternOf(fileOf(disk)))).toEqual([1, 1]);
    expect(vm.disks.map(held)).toEqual([[snapshotId], [snapshotId]]);
    await poke(vm);
    await host.remove(vm);
  });

  it('of a VM that has another shape by now is refused, and the guest runs on untouched', async () => {
    let vm = small();
    await host.send(vm);
    const { pid } = await host.settled(vm, 'running');
    const { snapshotId } = await snapshot(vm, { memory: true });
    vm = restored(vm, snapshotId, { memory: true, machine: { ...vm.machine, vcpus: 2 } });
    await host.send(vm);
    const row = await host.settled(vm, 'running');
    expect(row).toMatchObject({ pid, failure: { code: 'snapshot_mismatch' } });
    expect(row.failure?.message).toContain('vcpus 1 then, 2 now');
    await host.remove(vm);
  });

  it('of a VM that does not run is refused', async () => {
    const vm = small({ power: 'stopped' });
    await host.send(vm);
    await host.settled(vm, 'stopped');
    const { event } = await snapshot(vm, { memory: true });
    expect(event).toMatchObject({ status: 'failed', failure: { code: 'invalid_state' } });
    await host.remove(vm);
  });

  it('that QEMU cannot load leaves the disks as they were before', async () => {
    let vm = small();
    await host.send(vm);
    await host.settled(vm, 'running');
    await write(vm, 1);
    // Without its memory it looks whole until QEMU reads it.
    const { snapshotId } = await snapshot(vm);
    const { snapshotId: whole } = await snapshot(vm, { memory: true });
    const { promises } = await import('node:fs');
    const folder = join(leftovers.folder, 's/snapshots', vm.vmId);
    const { writeJson, readJson } = await import('../storage/json-file.js');
    const record = await readJson<{ machine: unknown }>(join(folder, `${whole}.json`));
    const lame = await readJson<object>(join(folder, `${snapshotId}.json`));
    await writeJson(join(folder, `${snapshotId}.json`), { ...lame, machine: record?.machine });
    await promises.access(folder);
    await write(vm, 2);
    const wanted = restored(vm, snapshotId, { memory: true });
    await host.send(wanted);
    const failed = await host.settled(wanted, 'failed');
    expect(failed.failure?.code).toBe('restore_failed');
    expect(vm.disks.map((disk) => patternOf(fileOf(disk)))).toEqual([2, 2]);
    vm = later(wanted, { restore: undefined, startGeneration: wanted.generation + 1 });
    await host.send(vm);
    await host.settled(vm, 'running');
    expect(vm.disks.map(held)).toEqual([
      [snapshotId, whole],
      [snapshotId, whole],
    ]);
    await host.remove(vm);
  });
});
