import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import { loadConfig } from '#libs/config';
import type { DesiredVm, Disk } from '#libs/contracts';
import { createLogger } from '#libs/logging';
import { expectNoLeftovers } from '#libs/testing';
import { fillFolder } from '../../../../test/operator/fill-folder.js';
import { later, TestHost } from '../../../../test/operator/test-host.js';
import { type StartedOperator, startOperator } from '../start-operator.js';

const MIB = 1024 * 1024;
const mayMount = process.getuid?.() === 0 && ['/usr/bin/mount', '/bin/mount'].some((it) => existsSync(it));

const leftovers = expectNoLeftovers('fs');
const storage = join(leftovers.folder, 's');
let host: TestHost;
let started: StartedOperator | undefined;

beforeAll(async () => {
  mkdirSync(storage);
  if (mayMount) execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=48m', 'vman-test', storage]);
  host = await TestHost.start(leftovers.folder);
  const config = loadConfig('operator', { argv: [], env: host.env });
  const level = process.env.VMAN_TEST_LOG ? 'debug' : 'silent';
  started = await startOperator(config, createLogger({ service: 'operator', level }));
});

afterAll(async () => {
  await started?.app.close();
  await host?.stop();
  // Lazily: a QEMU that a failed test left behind must not keep the mount.
  if (mayMount) execFileSync('umount', ['--lazy', storage]);
  await leftovers.check({ allowed: ['s/'] });
});

const fileOf = ({ diskId }: Disk) => join(storage, 'disks', `${diskId}.qcow2`);
const blank = (fields: Partial<Disk> = {}): Disk => ({
  diskId: uuidv7(),
  bootOrder: 0,
  sizeBytes: 32 * MIB,
  readOnly: false,
  ...fields,
});
const free = () => statfsSync(storage).bavail * statfsSync(storage).bsize;
const held = (disk: Disk): unknown => {
  const out = execFileSync('qemu-img', ['info', '-U', '--output=json', fileOf(disk)], { encoding: 'utf8' });
  return (JSON.parse(out) as { snapshots?: unknown[] }).snapshots ?? [];
};

async function snapshot(vm: DesiredVm, memory: boolean) {
  const snapshotId = uuidv7();
  const diskIds = vm.disks.map((it) => it.diskId);
  const rest = { freeze: false, freezeTimeoutMs: 1000, freezeRequired: false };
  const { operationId } = await host.command(vm, {
    $case: 'createSnapshot',
    value: { snapshotId, diskIds, memory, ...rest },
  });
  return { snapshotId, event: await host.answer(operationId) };
}

const small = (disks: Disk[]): DesiredVm => {
  const vm = host.vm({ disks });
  return { ...vm, machine: { ...vm.machine, memoryMib: 32 } };
};

(mayMount ? describe : describe.skip)('on a storage that is full', () => {
  it('memory is refused before it takes the room of guests that write', async () => {
    const vm = small([blank()]);
    await host.send(vm);
    const { pid } = await host.settled(vm, 'running');
    const { event } = await snapshot(vm, true);
    expect(event).toMatchObject({ status: 'failed', failure: { code: 'storage_full' } });
    expect(held(vm.disks[0]!)).toEqual([]);
    expect(await host.settled(vm, 'running')).toMatchObject({ pid });
    await host.remove(vm);
  });

  it('a copy ends with storage_full, leaves nothing, and goes on by itself once there is room', async () => {
    const source = blank();
    const vm = later(small([source]), { power: 'stopped' });
    await host.send(vm);
    await host.settled(vm, 'stopped');
    execFileSync('qemu-io', ['-c', 'write -P 7 0 16M', fileOf(source)]);
    const { snapshotId, event } = await snapshot(vm, false);
    expect(event.status).toBe('succeeded');
    const makeRoom = fillFolder(storage, 8 * MIB);
    const before = free();
    const poolId = started?.operator.host.pools.reports[0]?.poolId ?? '';
    const value = { snapshotId, diskId: source.diskId, poolId };
    const copy = blank({ origin: { from: { $case: 'snapshot', value } } });
    const clone = { ...small([copy]), power: 'stopped' } as const;
    await host.send(clone);
    expect((await host.settled(clone, 'failed')).failure?.code).toBe('storage_full');
    expect(before - free()).toBeLessThan(MIB);
    expect(existsSync(fileOf(copy))).toBe(false);
    makeRoom();
    expect((await host.settled(clone, 'stopped')).failure).toBeUndefined();
    await host.remove(clone);
    await host.remove(vm);
  });

  it('a snapshot that finds no room leaves nothing, and the VM is what it was', async () => {
    const disk = blank();
    const vm = later(small([disk]), { power: 'stopped' });
    await host.send(vm);
    await host.settled(vm, 'stopped');
    execFileSync('qemu-io', ['-c', 'write -P 7 0 64k', fileOf(disk)]);
    const makeRoom = fillFolder(storage, 0);
    const { event } = await snapshot(vm, false);
    expect(event).toMatchObject({ status: 'failed', failure: { code: 'storage_full' } });
    makeRoom();
    expect(held(disk)).toEqual([]);
    execFileSync('qemu-img', ['check', '-q', fileOf(disk)]);
    expect((await snapshot(vm, false)).event.status).toBe('succeeded');
    await host.remove(vm);
  });
});
