/** Backups of a host whose operator is a process that dies where a test says so. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import type { CreateBackup, DesiredVm, Disk } from '#libs/contracts';
import { diskDeviceId, QmpClient } from '#libs/qemu';
import { waitFor } from '#libs/testing';
import { compileOperator } from './compile-operator.js';
import { OperatorProcess } from './operator-process.js';
import { TestHost } from './test-host.js';

const MIB = 1024 * 1024;
/** After the return of an operator that was killed. */
export const RETURNED_MS = 30_000;

export const BACKUP_KILLS = {
  /** Tested with every change. */
  always: 'operator.backup.copying',
  slow: ['operator.backup.targets', 'operator.backup.sealed', 'operator.backup.published'],
};

export interface BackupStage {
  host: TestHost;
  operator: OperatorProcess;
  pool: string;
}

export async function startBackupStage(folder: string): Promise<BackupStage> {
  const pool = join(folder, 'pool');
  mkdirSync(pool);
  const host = await TestHost.start(folder);
  return { host, pool, operator: new OperatorProcess(await compileOperator(folder), host) };
}

export const withPool = ({ pool }: BackupStage, extra: Record<string, string> = {}) => ({
  VMAN_POOLS: `far=dir:${pool}`,
  ...extra,
});

export const poolIdOf = ({ pool }: BackupStage): string =>
  JSON.parse(readFileSync(join(pool, 'pool.json'), 'utf8')).content.poolId;

export const blankDisk = (): Disk => ({
  diskId: uuidv7(),
  bootOrder: 0,
  sizeBytes: 16 * MIB,
  readOnly: false,
});

/** Speaks to the guest's monitor while no operator does. */
export async function withMonitor<T>(
  { host }: BackupStage,
  vm: DesiredVm,
  work: (client: QmpClient) => Promise<T>,
): Promise<T> {
  const client = await QmpClient.connect(join(host.folder, 'r', vm.vmId.slice(-12), 'qmp.sock'));
  try {
    return await work(client);
  } finally {
    client.close();
  }
}

export const writeDisk = (client: QmpClient, { diskId }: Disk, words: string) =>
  client.execute('human-monitor-command', {
    'command-line': `qemu-io -d /machine/peripheral/${diskDeviceId(diskId)}/virtio-backend "${words}"`,
  });

export async function backUp(
  stage: BackupStage,
  vm: DesiredVm,
  parentBackupId = '',
): Promise<{ backupId: string; operationId: string }> {
  const value: CreateBackup = {
    backupId: uuidv7(),
    poolId: poolIdOf(stage),
    diskIds: vm.disks.map((it) => it.diskId),
    parentBackupId,
    freeze: false,
    freezeTimeoutMs: 10_000,
    freezeRequired: false,
  };
  const { operationId } = await stage.host.command(vm, { $case: 'createBackup', value });
  return { backupId: value.backupId, operationId };
}

export async function finishedBackup({ host }: BackupStage, operationId: string) {
  const ended = await waitFor(
    () => host.commandEvents.find((it) => it.operationId === operationId && it.status !== 'running'),
    { timeoutMs: RETURNED_MS, what: 'the backup is finished' },
  );
  expect(ended.failure).toBeUndefined();
  const { of } = ended.result ?? {};
  if (of?.$case !== 'backup') throw new Error('it has no result');
  return of.value;
}

export function showsBackup(
  { pool }: BackupStage,
  backupId: string,
  { diskId }: Disk,
  ...reads: string[]
): void {
  const path = join(pool, 'backups', backupId, `${diskId}.qcow2`);
  execFileSync('qemu-io', ['-r', '-f', 'qcow2', ...reads.flatMap((it) => ['-c', it]), path]);
}

/** Kills the operator at a point of an incremental backup; the next one makes it, and the chain goes on from it. */
export async function killDuringBackup(stage: BackupStage, point: string): Promise<void> {
  const { host, operator, pool } = stage;
  const disk = blankDisk();
  const vm = host.vm({ disks: [disk] });
  await operator.start(withPool(stage));
  await host.send(vm);
  const { pid } = await host.settled(vm, 'running');
  const first = await backUp(stage, vm);
  await finishedBackup(stage, first.operationId);
  await operator.end('SIGKILL');
  await withMonitor(stage, vm, (client) => writeDisk(client, disk, 'write -P 1 0 8M'));
  await operator.start(withPool(stage, { VMAN_FAILPOINTS: `${point}=crash` }));
  const { backupId, operationId } = await backUp(stage, vm, first.backupId);
  expect((await operator.gone()).signal).toBe('SIGKILL');
  await operator.start(withPool(stage));
  expect((await finishedBackup(stage, operationId)).kind).toBe('incremental');
  showsBackup(stage, backupId, disk, 'read -P 1 0 8M', 'read -P 0 8M 8M');
  expect(readdirSync(join(pool, 'backups')).filter((it) => it.endsWith('.new'))).toEqual([]);
  await operator.end('SIGKILL');
  await withMonitor(stage, vm, async (client) => {
    expect(await client.execute('query-jobs')).toEqual([]);
    const nodes = await client.execute('query-named-block-nodes', { flat: true });
    expect(nodes.filter((it) => it['node-name']?.startsWith('bk'))).toEqual([]);
    await writeDisk(client, disk, 'write -P 2 4M 1M');
  });
  await operator.start(withPool(stage));
  const third = await backUp(stage, vm, backupId);
  expect((await finishedBackup(stage, third.operationId)).kind).toBe('incremental');
  showsBackup(stage, third.backupId, disk, 'read -P 1 0 4M', 'read -P 2 4M 1M', 'read -P 1 5M 3M');
  expect((await host.settled(vm, 'running')).pid).toBe(pid);
  await host.remove(vm);
}
