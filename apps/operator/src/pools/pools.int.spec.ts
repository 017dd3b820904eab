import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import { loadConfig } from '#libs/config';
import type { Command, Disk } from '#libs/contracts';
import { createLogger } from '#libs/logging';
import { expectNoLeftovers, waitFor } from '#libs/testing';
import { ImageServer } from '../../../../test/operator/image-server.js';
import { later, TestHost } from '../../../../test/operator/test-host.js';
import { type StartedOperator, startOperator } from '../start-operator.js';

const MIB = 1024 * 1024;
const SMALL_MIB = 8;
const leftovers = expectNoLeftovers('po');
const at = (path: string) => join(leftovers.folder, path);
const mayMount = process.getuid?.() === 0 && ['/usr/bin/mount', '/bin/mount'].some((it) => existsSync(it));
let host: TestHost;
let images: ImageServer;
let started: StartedOperator | undefined;

async function boot(pools = `small=dir:${at('small')},far=shared-dir:${at('far')}`): Promise<void> {
  const config = loadConfig('operator', { argv: [], env: { ...host.env, VMAN_POOLS: pools } });
  const level = process.env.VMAN_TEST_LOG ? 'debug' : 'silent';
  started = await startOperator(config, createLogger({ service: 'operator', level }));
}

async function shutDown(): Promise<void> {
  await started?.app.close();
  started = undefined;
}

beforeAll(async () => {
  for (const folder of ['small', 'far', 's']) mkdirSync(at(folder));
  if (mayMount) execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${SMALL_MIB}m`, 'vman-test', at('small')]);
  host = await TestHost.start(leftovers.folder);
  images = await ImageServer.start(host.bus);
});

afterEach(shutDown);

afterAll(async () => {
  await images?.stop();
  await host?.stop();
  if (mayMount) execFileSync('umount', ['--lazy', at('small')]);
  await leftovers.check({ allowed: ['s/', 'small/', 'far/', 'away/'] });
});

const newest = (name: string) => host.beats.at(-1)?.pools.find((it) => it.name === name);
const reportOf = (
  name: string,
  check: (it: NonNullable<ReturnType<typeof newest>>) => boolean = () => true,
) =>
  waitFor(() => [newest(name)].find((it) => it !== undefined && check(it)), {
    what: `the pool ${name} is told of`,
  });
const disk = (fields: Partial<Disk> = {}): Disk => ({
  diskId: uuidv7(),
  bootOrder: 0,
  sizeBytes: MIB,
  readOnly: false,
  ...fields,
});

async function ask(action: Command['action']) {
  const { operationId } = await host.command(host.vm(), action, { vmId: '', minGeneration: 0 });
  return host.answer(operationId);
}

describe('the pools of a host', () => {
  it('are told of with their room, under an id that stays', async () => {
    await boot();
    const [local, small, far] = [await reportOf('local'), await reportOf('small'), await reportOf('far')];
    expect(small).toMatchObject({ kind: 'dir', available: true, reason: '' });
    if (mayMount) expect(small.capacityBytes).toBe(SMALL_MIB * MIB);
    expect(small.freeBytes).toBeGreaterThan(0);
    expect(far.kind).toBe('shared-dir');
    expect(new Set([local, small, far].map((it) => it.poolId)).size).toBe(3);
    await shutDown();
    host.beats.length = 0;
    await boot();
    expect((await reportOf('far')).poolId).toBe(far.poolId);
  });

  it('are the same pool for two hosts that have one folder, also when both begin at once', async () => {
    mkdirSync(at('both'));
    const { claimPool, newPoolId } = await import('./pool-marker.js');
    const claim = () => claimPool(at('both'), uuidv7(), { poolId: newPoolId(), kind: 'shared-dir' });
    const markers = await Promise.all(Array.from({ length: 8 }, claim));
    expect(new Set(markers.map((it) => it.poolId)).size).toBe(1);
    expect(readdirSync(at('both')).sort()).toEqual(['disks', 'pool.json']);
    rmSync(at('both'), { recursive: true });
  });

  it('are not made anew in an empty folder that was a pool: it waits for its mount', async () => {
    await boot();
    const { poolId } = await reportOf('far', (it) => it.available);
    renameSync(at('far'), at('away'));
    mkdirSync(at('far'));
    const away = await reportOf('far', (it) => !it.available);
    expect(away).toMatchObject({ poolId, reason: expect.stringContaining('not mounted') });
    const lone = disk({ poolId });
    const refused = await ask({ $case: 'createDisk', value: { disk: lone } });
    expect(refused).toMatchObject({ status: 'failed', failure: { code: 'pool_unavailable' } });
    expect(readdirSync(at('far'))).toEqual([]);

    const other = host.vm({ disks: [disk()] });
    const waits = host.vm({ disks: [disk({ poolId })] });
    await host.send(other);
    await host.send(waits);
    await host.settled(other, 'running');
    expect((await host.settled(waits, 'failed')).failure?.code).toBe('pool_unavailable');
    rmSync(at('far'), { recursive: true });
    renameSync(at('away'), at('far'));
    await host.settled(waits, 'running', 30_000);
    expect(existsSync(at(`far/disks/${waits.disks[0]?.diskId}.qcow2`))).toBe(true);
    await host.remove(other);
    await host.remove(waits);
    expect(readdirSync(at('far/disks'))).toEqual([]);
  }, 60_000);

  it('take the disks of an earlier version out of the folders of their VMs, while QEMU has them open', async () => {
    await boot();
    const vm = host.vm({ disks: [disk(), disk()] });
    await host.send(vm);
    const { pid } = await host.settled(vm, 'running');
    await shutDown();
    mkdirSync(at(`s/disks/${vm.vmId}`));
    const names = vm.disks.map((it) => `${it.diskId}.qcow2`);
    for (const name of names) renameSync(at(`s/disks/${name}`), at(`s/disks/${vm.vmId}/${name}`));
    await boot();
    const started = (host.row(vm.vmId)?.rev.startCount ?? 0) + 1;
    await host.rowWhere(vm.vmId, 'it is adopted', (row) => row.rev.startCount >= started && row.pid === pid);
    expect(names.every((name) => existsSync(at(`s/disks/${name}`)))).toBe(true);
    expect(existsSync(at(`s/disks/${vm.vmId}`))).toBe(false);
    const again = later(vm, { startGeneration: vm.generation + 1 });
    await host.send(again);
    await host.settled(again, 'running');
    await host.remove(again);
    expect(host.leftOf(vm.vmId)).toEqual([]);
  });
});

describe('a disk that belongs to no VM', () => {
  it('is made, grown, put into a machine that runs, limited, taken out and removed', async () => {
    await boot();
    const { poolId } = await reportOf('far', (it) => it.available);
    const image = images.add(Buffer.alloc(MIB, 'golden'));
    const lone = disk({ poolId, image });
    const file = at(`far/disks/${lone.diskId}.qcow2`);
    expect((await ask({ $case: 'createDisk', value: { disk: lone } })).failure).toBeUndefined();
    const info = JSON.parse(
      execFileSync('qemu-img', ['info', '-f', 'qcow2', '--output=json', file], { encoding: 'utf8' }),
    ) as Record<string, unknown>;
    expect(info).toMatchObject({
      'virtual-size': MIB,
      'backing-filename': at(`s/images/${image.digest}`),
      'backing-filename-format': image.format,
    });
    expect((await ask({ $case: 'createDisk', value: { disk: lone } })).status).toBe('succeeded');
    const grow = { diskId: lone.diskId, poolId, sizeBytes: 4 * MIB };
    expect((await ask({ $case: 'growDisk', value: grow })).failure).toBeUndefined();
    expect(readFileSync(file).readBigUInt64BE(24)).toBe(BigInt(4 * MIB));

    // As on a host that shares the pool and never had the image.
    rmSync(at(`s/images/${image.digest}`));
    const vm = host.vm({ disks: [disk()] });
    await host.send(vm);
    await host.settled(vm, 'running');
    const ioLimits = { readIops: 50, writeIops: 0, readBytesPerSecond: 0, writeBytesPerSecond: MIB };
    const held = { ...lone, sizeBytes: 4 * MIB, existing: true, ioLimits };
    const attached = later(vm, { disks: [...vm.disks, held] });
    await host.send(attached);
    expect((await host.settled(attached, 'running')).plugged?.diskIds).toContain(lone.diskId);
    const told = () =>
      started?.operator.registry
        .get(vm.vmId)
        ?.vm.process?.qmp?.execute('query-block')
        .then((all) => JSON.stringify(all));
    expect(await told()).toContain('"iops_rd":50');
    const refused = await ask({ $case: 'removeDisk', value: { diskId: lone.diskId, poolId } });
    expect(refused.failure?.code).toBe('resource_in_use');

    const free = later(attached, { disks: [vm.disks[0]!, { ...held, ioLimits: undefined }] });
    await host.send(free);
    await host.settled(free, 'running');
    expect(await told()).not.toContain('"iops_rd":50');
    const off = later(free, { power: 'stopped', disks: vm.disks });
    await host.send(off);
    await host.settled(off, 'stopped');
    await host.remove(off);
    expect(existsSync(file)).toBe(true);
    for (let times = 0; times < 2; times += 1) {
      const removed = await ask({ $case: 'removeDisk', value: { diskId: lone.diskId, poolId } });
      expect(removed.status).toBe('succeeded');
    }
    expect(existsSync(file)).toBe(false);
  }, 60_000);

  it('is removed once when a machine is to do without it, and no further change waits for it', async () => {
    await boot();
    const lone = disk();
    const vm = host.vm({ disks: [disk(), lone] });
    await host.send(vm);
    await host.settled(vm, 'running');
    const held = { ...lone, existing: true, presence: 'detached' as const };
    const outside = later(vm, { power: 'stopped', disks: [vm.disks[0]!, held] });
    await host.send(outside);
    await host.settled(outside, 'stopped');
    const removed = later(outside, { disks: [vm.disks[0]!, { ...held, presence: 'removed' }] });
    await host.send(removed);
    expect((await host.settled(removed, 'stopped')).failure).toBeUndefined();
    expect(existsSync(at(`s/disks/${lone.diskId}.qcow2`))).toBe(false);
    const renamed = later(removed, { name: 'renamed' });
    await host.send(renamed);
    expect((await host.settled(renamed, 'stopped')).failure).toBeUndefined();
    await host.remove(renamed);
    expect(host.leftOf(vm.vmId)).toEqual([]);
  });

  it('is never made anew once it was made: a machine that wants it does not start without its file', async () => {
    await boot();
    const vm = host.vm({ disks: [disk({ existing: true })] });
    await host.send(vm);
    expect((await host.settled(vm, 'failed')).failure?.code).toBe('disk_missing');
    await host.remove(vm);
  });
});

(mayMount ? describe : describe.skip)('a pool that is full', () => {
  it('refuses each work on a disk with storage_full, leaves nothing of it, and hurts no other', async () => {
    await boot();
    const { poolId } = await reportOf('small', (it) => it.available);
    const kept = disk({ poolId });
    expect((await ask({ $case: 'createDisk', value: { disk: kept } })).failure).toBeUndefined();
    const running = host.vm({ disks: [disk({ poolId })] });
    await host.send(running);
    const { pid } = await host.settled(running, 'running');
    const before = readdirSync(at('small/disks')).sort();
    const { bavail, bsize } = statfsSync(at('small'));
    writeFileSync(at('small/filler'), Buffer.alloc(bavail * bsize, 1));

    const made = await ask({ $case: 'createDisk', value: { disk: disk({ poolId }) } });
    expect(made).toMatchObject({ status: 'failed', failure: { code: 'storage_full' } });
    // 2 TiB more need a larger table, and that does not fit.
    const grow = { diskId: kept.diskId, poolId, sizeBytes: 2 ** 41 };
    expect((await ask({ $case: 'growDisk', value: grow })).failure?.code).toBe('storage_full');
    const starved = host.vm({ disks: [disk(), disk({ poolId })] });
    await host.send(starved);
    expect((await host.settled(starved, 'failed')).failure?.code).toBe('storage_full');

    expect(readdirSync(at('small/disks')).sort()).toEqual(before);
    expect(existsSync(at(`s/disks/${starved.disks[0]?.diskId}.qcow2`))).toBe(false);
    expect(host.row(running.vmId)).toMatchObject({ state: 'running', pid });
    execFileSync('qemu-img', ['check', '-q', '-f', 'qcow2', at(`small/disks/${kept.diskId}.qcow2`)]);
    rmSync(at('small/filler'));
    await host.settled(starved, 'running', 40_000);
    await host.remove(starved);
    await host.remove(running);
    await ask({ $case: 'removeDisk', value: { diskId: kept.diskId, poolId } });
    expect(readdirSync(at('small/disks'))).toEqual([]);
  }, 90_000);
});
