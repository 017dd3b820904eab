import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import type { CreateBackup, DesiredVm, Disk } from '#libs/contracts';
import { diskDeviceId, QmpClient } from '#libs/qemu';
import { expectNoLeftovers, waitFor } from '#libs/testing';
import { compileOperator } from '../../../../test/operator/compile-operator.js';
import { OperatorProcess } from '../../../../test/operator/operator-process.js';
import { later, TestHost } from '../../../../test/operator/test-host.js';

jest.setTimeout(60_000);

const MIB = 1024 * 1024;
/** After the return of an operator that was killed. */
const RETURNED_MS = 30_000;
const leftovers = expectNoLeftovers('kb');
const pool = join(leftovers.folder, 'pool');
let host: TestHost;
let operator: OperatorProcess;

beforeAll(async () => {
  mkdirSync(pool);
  host = await TestHost.start(leftovers.folder);
  operator = new OperatorProcess(await compileOperator(leftovers.folder), host);
});

afterEach(() => operator.end('SIGKILL'));

afterAll(async () => {
  await host?.stop();
  await leftovers.check({ allowed: ['code/', 's/', 'pool/'] });
});

const settings = (extra: Record<string, string> = {}) => ({ VMAN_POOLS: `far=dir:${pool}`, ...extra });
const poolId = (): string => JSON.parse(readFileSync(join(pool, 'pool.json'), 'utf8')).content.poolId;
const blank = (): Disk => ({ diskId: uuidv7(), bootOrder: 0, sizeBytes: 16 * MIB, readOnly: false });

/** Speaks to the guest's monitor while no operator does. */
async function withMonitor<T>(vm: DesiredVm, work: (client: QmpClient) => Promise<T>): Promise<T> {
  const client = await QmpClient.connect(join(leftovers.folder, 'r', vm.vmId.slice(-12), 'qmp.sock'));
  try {
    return await work(client);
  } finally {
    client.close();
  }
}

const write = (client: QmpClient, { diskId }: Disk, words: string) =>
  client.execute('human-monitor-command', {
    'command-line': `qemu-io -d /machine/peripheral/${diskDeviceId(diskId)}/virtio-backend "${words}"`,
  });

async function backUp(
  vm: DesiredVm,
  parentBackupId = '',
): Promise<{ backupId: string; operationId: string }> {
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
  return { backupId: value.backupId, operationId };
}

async function finished(operationId: string) {
  const ended = await waitFor(
    () => host.commandEvents.find((it) => it.operationId === operationId && it.status !== 'running'),
    { timeoutMs: RETURNED_MS, what: 'the backup is finished' },
  );
  expect(ended.failure).toBeUndefined();
  const { of } = ended.result ?? {};
  if (of?.$case !== 'backup') throw new Error('it has no result');
  return of.value;
}

function shows(backupId: string, { diskId }: Disk, ...reads: string[]): void {
  const path = join(pool, 'backups', backupId, `${diskId}.qcow2`);
  execFileSync('qemu-io', ['-r', '-f', 'qcow2', ...reads.flatMap((it) => ['-c', it]), path]);
}

describe('an operator that is killed in the middle of a backup', () => {
  it.each([
    'operator.backup.targets',
    'operator.backup.copying',
    'operator.backup.sealed',
    'operator.backup.published',
  ])('at %s is followed by one that finishes it, with nothing left over', async (point) => {
    const disk = blank();
    const vm = host.vm({ disks: [disk] });
    await operator.start(settings());
    await host.send(vm);
    const { pid } = await host.settled(vm, 'running');
    const first = await backUp(vm);
    await finished(first.operationId);
    await operator.end('SIGKILL');
    await withMonitor(vm, (client) => write(client, disk, 'write -P 1 0 8M'));
    await operator.start(settings({ VMAN_FAILPOINTS: `${point}=crash` }));
    const { backupId, operationId } = await backUp(vm, first.backupId);
    expect((await operator.gone()).signal).toBe('SIGKILL');
    await operator.start(settings());
    expect((await finished(operationId)).kind).toBe('incremental');
    shows(backupId, disk, 'read -P 1 0 8M', 'read -P 0 8M 8M');
    expect(readdirSync(join(pool, 'backups')).filter((it) => it.endsWith('.new'))).toEqual([]);
    await operator.end('SIGKILL');
    await withMonitor(vm, async (client) => {
      expect(await client.execute('query-jobs')).toEqual([]);
      const nodes = await client.execute('query-named-block-nodes', { flat: true });
      expect(nodes.filter((it) => it['node-name']?.startsWith('bk'))).toEqual([]);
      await write(client, disk, 'write -P 2 4M 1M');
    });
    await operator.start(settings());
    const third = await backUp(vm, backupId);
    expect((await finished(third.operationId)).kind).toBe('incremental');
    shows(third.backupId, disk, 'read -P 1 0 4M', 'read -P 2 4M 1M', 'read -P 1 5M 3M');
    expect((await host.settled(vm, 'running')).pid).toBe(pid);
    await host.remove(vm);
  });

  it('leaves no QEMU that holds the disks of a VM that is off', async () => {
    const vm = host.vm({ disks: [blank()], power: 'stopped' });
    await operator.start(settings({ VMAN_FAILPOINTS: 'operator.backup.copying=crash' }));
    await host.send(vm);
    await host.settled(vm, 'stopped');
    const { operationId } = await backUp(vm);
    await operator.gone();
    await operator.start(settings());
    expect((await finished(operationId)).consistency).toBe('off');
    const on = later(vm, { power: 'running', startGeneration: 2 });
    await host.send(on);
    await host.settled(on, 'running');
    await host.remove(on);
  });
});

describe('an operator that is killed in the middle of a restore', () => {
  it('is followed by one that makes the disk, with no part of it left over', async () => {
    const disk = blank();
    const vm = host.vm({ disks: [disk] });
    await operator.start(settings());
    await host.send(vm);
    await host.settled(vm, 'running');
    await operator.end('SIGKILL');
    await withMonitor(vm, (client) => write(client, disk, 'write -P 1 0 8M'));
    await operator.start(settings());
    const { backupId, operationId } = await backUp(vm);
    await finished(operationId);
    await operator.end('SIGKILL');
    await operator.start(settings({ VMAN_FAILPOINTS: 'operator.create-disk.filled=crash' }));
    const value = { backupId, diskId: disk.diskId, poolId: poolId() };
    const copy: Disk = { ...blank(), origin: { from: { $case: 'backup', value } } };
    const clone = host.vm({ disks: [copy], power: 'stopped' });
    await host.send(clone);
    expect((await operator.gone()).signal).toBe('SIGKILL');
    await operator.start(settings());
    await host.send(clone);
    await host.settled(clone, 'stopped', RETURNED_MS);
    const disks = join(leftovers.folder, 's', 'disks');
    execFileSync('qemu-io', [
      '-r',
      '-f',
      'qcow2',
      '-c',
      'read -P 1 0 8M',
      join(disks, `${copy.diskId}.qcow2`),
    ]);
    expect(readdirSync(disks).filter((it) => it.endsWith('.new'))).toEqual([]);
    for (const each of [vm, clone]) await host.remove(each);
  });
});

describe('a QEMU that is killed in the middle of a backup', () => {
  it('does not take the backup with it: it is made of the disks as they were left', async () => {
    const disk = blank();
    const vm = host.vm({ disks: [disk] });
    await operator.start(settings({ VMAN_BACKUP_BANDWIDTH: '2' }));
    await host.send(vm);
    const { pid } = await host.settled(vm, 'running');
    await operator.end('SIGKILL');
    await withMonitor(vm, async (client) => {
      await write(client, disk, 'write -P 1 0 8M');
      await write(client, disk, 'flush');
    });
    await operator.start(settings({ VMAN_BACKUP_BANDWIDTH: '2' }));
    const { backupId, operationId } = await backUp(vm);
    await waitFor(
      () => host.commandEvents.some((it) => it.operationId === operationId && it.progressPercent),
      {
        timeoutMs: 10_000,
        what: 'the copy is at work',
      },
    );
    process.kill(pid, 'SIGKILL');
    const { consistency } = await finished(operationId);
    expect(consistency).toBe('off');
    shows(backupId, disk, 'read -P 1 0 8M');
    await host.remove(vm);
  });
});
