import { execFileSync } from 'node:child_process';
import { closeSync, existsSync, openSync, readdirSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import { loadConfig } from '#libs/config';
import type { CommandEvent, CreateBackup, DesiredVm, Disk } from '#libs/contracts';
import { createLogger } from '#libs/logging';
import { applyDiskSnapshot, backupBitmaps, diskDeviceId, diskNodeName, takeDiskSnapshot } from '#libs/qemu';
import { expectNoLeftovers, waitFor } from '#libs/testing';
import { later, TestHost } from '../../../../test/operator/test-host.js';
import { type StartedOperator, startOperator } from '../start-operator.js';

const MIB = 1024 * 1024;
const leftovers = expectNoLeftovers('bk');
let host: TestHost;
let started: StartedOperator;
let poolId: string;

beforeAll(async () => {
  host = await TestHost.start(leftovers.folder);
  host.observe();
  const pool = join(leftovers.folder, 'pool');
  execFileSync('mkdir', [pool]);
  const env = { ...host.env, VMAN_POOLS: `far=dir:${pool}` };
  const level = process.env.VMAN_TEST_LOG ? 'debug' : 'silent';
  const config = loadConfig('operator', { argv: [], env });
  started = await startOperator(config, createLogger({ service: 'operator', level }));
  poolId = started.operator.host.pools.reports.find((it) => it.name === 'far')?.poolId ?? '';
});

afterAll(async () => {
  await started?.app.close();
  await host?.stop();
  await leftovers.check({ allowed: ['s/', 'pool/'] });
});

const backups = () => join(leftovers.folder, 'pool', 'backups');
const folderOf = (backupId: string) => join(backups(), backupId);
const diskPath = ({ diskId }: Disk) => started.operator.host.pools.diskPath(undefined, diskId);
const blank = (mib = 16): Disk => ({ diskId: uuidv7(), bootOrder: 0, sizeBytes: mib * MIB, readOnly: false });
const monitorOf = (vm: DesiredVm) => started.operator.registry.get(vm.vmId)?.vm.process?.qmp;

/** At most so many bytes a second; 0 is no limit. */
function limit(backupBytesPerSecond: number): void {
  Object.assign(started.operator.host, { backupBytesPerSecond });
}

async function make(disks: Disk[], fields: Partial<DesiredVm> = {}): Promise<DesiredVm> {
  const vm = host.vm({ disks, ...fields });
  await host.send(vm);
  await host.settled(vm, fields.power === 'stopped' ? 'stopped' : 'running');
  return vm;
}

/** The guest writes: the same byte over a part of its disk. */
async function write(vm: DesiredVm, disk: Disk, byte: number, from: string, size: string): Promise<void> {
  const words = `qemu-io -d /machine/peripheral/${diskDeviceId(disk.diskId)}/virtio-backend "write -P ${byte} ${from} ${size}"`;
  const said = await monitorOf(vm)?.execute('human-monitor-command', { 'command-line': words });
  expect(said).toBe('');
}

async function backUp(
  vm: DesiredVm,
  fields: Partial<CreateBackup> = {},
): Promise<{ backupId: string; operationId: string }> {
  const value: CreateBackup = {
    backupId: uuidv7(),
    poolId,
    diskIds: vm.disks.map((it) => it.diskId),
    parentBackupId: '',
    freeze: false,
    freezeTimeoutMs: 10_000,
    freezeRequired: false,
    ...fields,
  };
  const { operationId } = await host.command(vm, { $case: 'createBackup', value });
  return { backupId: value.backupId, operationId };
}

function resultOf({ status, failure, result }: CommandEvent) {
  expect({ status, failure }).toEqual({ status: 'succeeded', failure: undefined });
  if (result?.of?.$case !== 'backup') throw new Error('it has no result');
  return result.of.value;
}

async function backedUp(vm: DesiredVm, fields: Partial<CreateBackup> = {}) {
  const { backupId, operationId } = await backUp(vm, fields);
  return { backupId, ...resultOf(await host.answer(operationId)) };
}

/** What the disk of the backup shows, through the chain that its headers name. */
function shows(
  backupId: string,
  disk: Disk,
  ...patterns: [byte: number, from: string, size: string][]
): void {
  const path = join(folderOf(backupId), `${disk.diskId}.qcow2`);
  for (const [byte, from, size] of patterns) {
    const said = execFileSync('qemu-io', [
      '-r',
      '-f',
      'qcow2',
      '-c',
      `read -P ${byte} ${from} ${size}`,
      path,
    ]);
    expect(said.toString()).not.toMatch(/verification failed/);
  }
}

const restored = (disk: Disk, backupId: string): Disk => ({
  ...disk,
  diskId: uuidv7(),
  origin: { from: { $case: 'backup', value: { backupId, diskId: disk.diskId, poolId } } },
});

function same(a: string, b: string): void {
  execFileSync('qemu-img', ['compare', '-f', 'qcow2', '-F', 'qcow2', a, b]);
}

/** Flips one bit in the middle of a file. */
function damage(path: string): void {
  const file = openSync(path, 'r+');
  writeSync(file, Buffer.from([0x5a]), 0, 1, 5 * 65536 + 77);
  closeSync(file);
}

describe('a backup of a VM that runs', () => {
  it('shows all disks as they were at one moment, while the guest writes on', async () => {
    const [one, two] = [blank(), blank()];
    const vm = await make([one, two]);
    await write(vm, one, 1, '0', '4M');
    await write(vm, two, 2, '4M', '1M');
    const full = await backedUp(vm);
    expect(full).toMatchObject({ kind: 'full', fallbackReason: '', consistency: 'crash-consistent' });
    await write(vm, one, 3, '1M', '640k');
    const next = await backedUp(vm, { parentBackupId: full.backupId });
    expect(next).toMatchObject({ kind: 'incremental', fallbackReason: '' });
    await write(vm, one, 4, '0', '8M');
    shows(full.backupId, one, [1, '0', '4M'], [0, '4M', '12M']);
    shows(full.backupId, two, [2, '4M', '1M']);
    shows(next.backupId, one, [1, '0', '1M'], [3, '1M', '640k'], [1, '1664k', '2432k'], [0, '4M', '12M']);
    shows(next.backupId, two, [0, '0', '4M'], [2, '4M', '1M']);
    // What did not change is not in it.
    expect(next.files[0]?.fileBytes).toBeLessThan(2 * MIB);
    expect(next.files[1]?.fileBytes).toBeLessThan(MIB);
    const third = await backedUp(vm, { parentBackupId: next.backupId });
    shows(third.backupId, one, [4, '0', '8M'], [0, '8M', '8M']);
    await host.remove(vm);
    shows(third.backupId, one, [4, '0', '8M']);
  });

  it('is restored into a new disk that equals the old one, and is refused with one bit flipped', async () => {
    const disk = blank();
    const vm = await make([disk]);
    await write(vm, disk, 7, '0', '3M');
    const full = await backedUp(vm);
    await write(vm, disk, 8, '2M', '2M');
    const next = await backedUp(vm, { parentBackupId: full.backupId });
    const off = later(vm, { power: 'stopped' });
    await host.send(off);
    await host.settled(off, 'stopped');
    const copy = restored(disk, next.backupId);
    const clone = await make([copy], { power: 'stopped' });
    same(diskPath(disk), diskPath(copy));
    damage(join(folderOf(full.backupId), `${disk.diskId}.qcow2`));
    const value = { backupId: next.backupId, poolId };
    const { operationId } = await host.command(vm, { $case: 'verifyBackup', value }, { vmId: '' });
    expect((await host.answer(operationId)).failure?.code).toBe('backup_damaged');
    const bad = restored(disk, next.backupId);
    const refused = host.vm({ disks: [bad], power: 'stopped' });
    await host.send(refused);
    const failed = await host.rowWhere(refused.vmId, 'it fails', (row) => row.failure !== undefined);
    expect(failed.failure?.code).toBe('backup_damaged');
    const names = readdirSync(join(leftovers.folder, 's', 'disks'));
    expect(names.filter((it) => it.startsWith(bad.diskId))).toEqual([]);
    for (const each of [off, clone, refused]) await host.remove(each);
  });

  it('is a full one again, and says why, when the chain is broken', async () => {
    const disk = blank();
    const vm = await make([disk]);
    await write(vm, disk, 1, '0', '1M');
    const first = await backedUp(vm);
    damage(join(folderOf(first.backupId), `${disk.diskId}.qcow2`));
    const second = await backedUp(vm, { parentBackupId: first.backupId });
    expect(second).toMatchObject({
      kind: 'full',
      fallbackReason: expect.stringContaining('does not fit its checksum'),
    });
    rmSync(folderOf(second.backupId), { recursive: true });
    const third = await backedUp(vm, { parentBackupId: second.backupId });
    expect(third).toMatchObject({
      kind: 'full',
      fallbackReason: expect.stringContaining('not in its pool'),
    });
    const { pid } = await host.settled(vm, 'running');
    process.kill(pid, 'SIGKILL');
    const crashed = await host.rowWhere(vm.vmId, 'it crashed', (row) => row.state === 'crashed');
    await host.repair(vm, crashed.lastExit?.exitSeq ?? 0);
    await host.rowWhere(vm.vmId, 'it runs again', (row) => row.state === 'running' && row.pid !== pid);
    const fourth = await backedUp(vm, { parentBackupId: third.backupId });
    expect(fourth).toMatchObject({ kind: 'full', fallbackReason: expect.stringMatching(/written to disk/) });
    const bitmaps = await backupBitmaps(monitorOf(vm) as never);
    expect(bitmaps.map((it) => it.backupId)).toEqual([fourth.backupId]);
    await host.remove(vm);
  });

  it('is undone when it is cancelled, and the next one is as if it had never been', async () => {
    const disk = blank();
    const vm = await make([disk]);
    await write(vm, disk, 1, '0', '12M');
    const first = await backedUp(vm);
    await write(vm, disk, 2, '0', '12M');
    limit(MIB);
    const slow = await backUp(vm, { parentBackupId: first.backupId });
    await waitFor(
      () => host.commandEvents.some((it) => it.operationId === slow.operationId && it.progressPercent),
      { what: 'it tells how far it is' },
    );
    const value = { cancelledOperationId: slow.operationId };
    await host.command(vm, { $case: 'cancelCommand', value });
    const ended = await host.answer(slow.operationId);
    expect(ended).toMatchObject({ status: 'failed', failure: { code: 'cancelled' } });
    limit(0);
    expect(readdirSync(backups()).filter((it) => it.includes(slow.backupId))).toEqual([]);
    expect(await monitorOf(vm)?.execute('query-jobs')).toEqual([]);
    const second = await backedUp(vm, { parentBackupId: first.backupId });
    expect(second.kind).toBe('incremental');
    shows(second.backupId, disk, [2, '0', '12M']);
    await host.remove(vm);
  });

  it('is deleted, once or twice', async () => {
    const vm = await make([blank()]);
    const { backupId } = await backedUp(vm);
    for (const _ of [1, 2]) {
      const value = { backupId, poolId };
      const { operationId } = await host.command(vm, { $case: 'deleteBackup', value }, { vmId: '' });
      expect((await host.answer(operationId)).status).toBe('succeeded');
      expect(existsSync(folderOf(backupId))).toBe(false);
    }
    await host.remove(vm);
  });
});

describe('a backup of a VM that is off', () => {
  it('is full, and then incremental to what a run in between wrote', async () => {
    const disk = blank();
    const vm = await make([disk], { power: 'stopped' });
    const first = await backedUp(vm);
    expect(first).toMatchObject({ kind: 'full', consistency: 'off' });
    const on = later(vm, { power: 'running', startGeneration: 2 });
    await host.send(on);
    await host.settled(on, 'running');
    await write(on, disk, 9, '5M', '1M');
    const off = later(on, { power: 'stopped' });
    await host.send(off);
    await host.settled(off, 'stopped');
    const second = await backedUp(off, { parentBackupId: first.backupId });
    expect(second).toMatchObject({ kind: 'incremental', consistency: 'off' });
    shows(second.backupId, disk, [0, '0', '5M'], [9, '5M', '1M'], [0, '6M', '10M']);
    const third = await backedUp(off, { parentBackupId: second.backupId });
    expect(third.files[0]?.fileBytes).toBeLessThan(MIB);
    await host.remove(off);
  });

  it('is a full one after the disk went back to a snapshot', async () => {
    const disk = blank();
    const vm = await make([disk], { power: 'stopped' });
    const limits = { timeoutMs: 10_000 };
    await takeDiskSnapshot(diskPath(disk), 'before', limits);
    const first = await backedUp(vm);
    await applyDiskSnapshot(diskPath(disk), 'before', limits);
    const second = await backedUp(vm, { parentBackupId: first.backupId });
    expect(second).toMatchObject({ kind: 'full', fallbackReason: expect.stringMatching(/written to disk/) });
    await host.remove(vm);
  });

  it('does not keep the VM from starting: it begins anew with the one that runs', async () => {
    const disk = blank();
    const vm = await make([disk]);
    await write(vm, disk, 5, '0', '12M');
    const off = later(vm, { power: 'stopped' });
    await host.send(off);
    await host.settled(off, 'stopped');
    limit(MIB);
    const { backupId, operationId } = await backUp(off);
    await waitFor(
      () => host.commandEvents.some((it) => it.operationId === operationId && it.progressPercent),
      { what: 'it tells how far it is' },
    );
    // The one that is at work stays slow; the next one must not be.
    limit(0);
    const on = later(off, { power: 'running', startGeneration: off.generation + 1 });
    await host.send(on);
    await host.settled(on, 'running');
    const made = resultOf(await host.answer(operationId));
    expect(made.consistency).toBe('crash-consistent');
    shows(backupId, disk, [5, '0', '12M']);
    const nodes = await monitorOf(on)?.execute('query-named-block-nodes', { flat: true });
    expect(nodes?.map((it) => it['node-name']).filter((it) => it?.startsWith('bk'))).toEqual([]);
    expect(nodes?.some((it) => it['node-name'] === diskNodeName(disk.diskId))).toBe(true);
    await host.remove(on);
  });
});
