import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import { loadConfig } from '#libs/config';
import type { CreateBackup, DesiredVm, Disk } from '#libs/contracts';
import { createLogger } from '#libs/logging';
import { backupBitmaps, diskDeviceId } from '#libs/qemu';
import { expectNoLeftovers, waitFor } from '#libs/testing';
import { fillFolder } from '../../../../test/operator/fill-folder.js';
import { later, TestHost } from '../../../../test/operator/test-host.js';
import { type StartedOperator, startOperator } from '../start-operator.js';

const MIB = 1024 * 1024;
const POOL_MIB = 12;
const leftovers = expectNoLeftovers('fp');
const pool = join(leftovers.folder, 'pool');
const mayMount = process.getuid?.() === 0 && ['/usr/bin/mount', '/bin/mount'].some((it) => existsSync(it));
let host: TestHost;
let started: StartedOperator;

beforeAll(async () => {
  mkdirSync(pool);
  if (mayMount) execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${POOL_MIB}m`, 'vman-test', pool]);
  host = await TestHost.start(leftovers.folder);
  const config = loadConfig('operator', { argv: [], env: { ...host.env, VMAN_POOLS: `far=dir:${pool}` } });
  const level = process.env.VMAN_TEST_LOG ? 'debug' : 'silent';
  started = await startOperator(config, createLogger({ service: 'operator', level }));
});

afterAll(async () => {
  await started?.app.close();
  await host?.stop();
  if (mayMount) execFileSync('umount', ['--lazy', pool]);
  await leftovers.check({ allowed: ['s/', 'pool/'] });
});

const poolId = () => started.operator.host.pools.reports.find((it) => it.name === 'far')?.poolId ?? '';
const monitorOf = (vm: DesiredVm) => started.operator.registry.get(vm.vmId)?.vm.process?.qmp;

function guestWrites(vm: DesiredVm, disk: Disk, words: string) {
  const line = `qemu-io -d /machine/peripheral/${diskDeviceId(disk.diskId)}/virtio-backend "${words}"`;
  return monitorOf(vm)?.execute('human-monitor-command', { 'command-line': line });
}

async function backUp(vm: DesiredVm, parentBackupId = '') {
  const value: CreateBackup = {
    backupId: uuidv7(),
    poolId: poolId(),
    diskIds: vm.disks.map((it) => it.diskId),
    parentBackupId,
    freeze: false,
    freezeTimeoutMs: 10_000,
    freezeRequired: false,
  };
  const { operationId } = await host.command(vm, { $case: 'createBackup', value });
  return { backupId: value.backupId, answer: await host.answer(operationId) };
}

(mayMount ? describe : describe.skip)('a pool that is full in the middle', () => {
  it('ends the backup with storage_full, leaves nothing of it, and the guest and the chain go on', async () => {
    const disk: Disk = { diskId: uuidv7(), bootOrder: 0, sizeBytes: 32 * MIB, readOnly: false };
    const vm = host.vm({ disks: [disk] });
    await host.send(vm);
    const { pid } = await host.settled(vm, 'running');
    await guestWrites(vm, disk, 'write -P 1 0 4M');
    const first = await backUp(vm);
    expect(first.answer.status).toBe('succeeded');
    await guestWrites(vm, disk, 'write -P 2 4M 16M');
    const refused = await backUp(vm, first.backupId);
    expect(refused.answer).toMatchObject({ status: 'failed', failure: { code: 'storage_full' } });
    expect(readdirSync(join(pool, 'backups'))).toEqual([first.backupId]);
    expect(await monitorOf(vm)?.execute('query-jobs')).toEqual([]);
    expect(await monitorOf(vm)?.execute('query-status')).toMatchObject({ running: true });
    const bitmaps = await backupBitmaps(monitorOf(vm) as never);
    expect(bitmaps.map((it) => it.backupId)).toEqual([first.backupId]);
    // With room again the chain goes on where it was.
    await guestWrites(vm, disk, 'write -P 3 20M 1M');
    execFileSync('mount', ['-o', 'remount,size=64m', pool]);
    const second = await backUp(vm, first.backupId);
    expect(second.answer.result?.of).toMatchObject({ value: { kind: 'incremental' } });
    const path = join(pool, 'backups', second.backupId, `${disk.diskId}.qcow2`);
    const read = ['-c', 'read -P 1 0 4M', '-c', 'read -P 2 4M 16M', '-c', 'read -P 3 20M 1M'];
    execFileSync('qemu-io', ['-r', '-f', 'qcow2', ...read, path]);
    expect((await host.settled(vm, 'running')).pid).toBe(pid);
    await host.remove(vm);
  });

  it('lets a guest go on that wrote to what the full pool could not take', async () => {
    const disk: Disk = { diskId: uuidv7(), bootOrder: 0, sizeBytes: 32 * MIB, readOnly: false };
    const vm = host.vm({ disks: [disk] });
    await host.send(vm);
    await host.settled(vm, 'running');
    await guestWrites(vm, disk, 'write -P 1 0 16M');
    Object.assign(started.operator.host, { backupBytesPerSecond: MIB });
    const end = backUp(vm);
    await waitFor(
      () => host.commandEvents.some((it) => it.progressPercent !== undefined && it.vmId === vm.vmId),
      { what: 'the copy is at work' },
    );
    const makeRoom = fillFolder(pool, 0);
    // It copies what was there first, and finds no room.
    await guestWrites(vm, disk, 'aio_write -P 2 15M 64k');
    const { answer } = await end;
    Object.assign(started.operator.host, { backupBytesPerSecond: 0 });
    expect(answer.failure?.code).toBe('storage_full');
    await host.rowWhere(vm.vmId, 'it runs on', (row) => row.state === 'running');
    expect(await monitorOf(vm)?.execute('query-status')).toMatchObject({ running: true });
    makeRoom();
    await host.remove(vm);
  });

  it('fails a restore into it with storage_full, and leaves no part of a disk', async () => {
    const disk: Disk = { diskId: uuidv7(), bootOrder: 0, sizeBytes: 32 * MIB, readOnly: false };
    const vm = host.vm({ disks: [disk] });
    await host.send(vm);
    await host.settled(vm, 'running');
    await guestWrites(vm, disk, 'write -P 1 0 8M');
    const { backupId } = await backUp(vm);
    fillFolder(pool, 3 * MIB);
    const value = { backupId, diskId: disk.diskId, poolId: poolId() };
    const copy: Disk = {
      ...disk,
      diskId: uuidv7(),
      poolId: poolId(),
      origin: { from: { $case: 'backup', value } },
    };
    const clone = host.vm({ disks: [copy], power: 'stopped' });
    await host.send(clone);
    const failed = await host.rowWhere(clone.vmId, 'it fails', (row) => row.failure !== undefined);
    expect(failed.failure?.code).toBe('storage_full');
    expect(readdirSync(join(pool, 'disks'))).toEqual([]);
    for (const each of [vm, later(clone, {})]) await host.remove(each);
  });
});
