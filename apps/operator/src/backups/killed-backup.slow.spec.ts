import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Disk } from '#libs/contracts';
import { expectNoLeftovers, waitFor } from '#libs/testing';
import {
  BACKUP_KILLS,
  type BackupStage,
  backUp,
  blankDisk,
  finishedBackup,
  killDuringBackup,
  poolIdOf,
  RETURNED_MS,
  showsBackup,
  startBackupStage,
  withMonitor,
  withPool,
  writeDisk,
} from '../../../../test/operator/kill-backup.js';
import { later } from '../../../../test/operator/test-host.js';

jest.setTimeout(60_000);

const leftovers = expectNoLeftovers('kbs');
let stage: BackupStage;

beforeAll(async () => {
  stage = await startBackupStage(leftovers.folder);
});

afterEach(() => stage.operator.end('SIGKILL'));

afterAll(async () => {
  await stage?.host.stop();
  await leftovers.check({ allowed: ['code/', 's/', 'pool/'] });
});

describe('an operator that is killed in the middle of a backup', () => {
  it.each(BACKUP_KILLS.slow)('at %s is followed by one that finishes it, with nothing left over', (point) =>
    killDuringBackup(stage, point),
  );

  it('leaves no QEMU that holds the disks of a VM that is off', async () => {
    const vm = stage.host.vm({ disks: [blankDisk()], power: 'stopped' });
    await stage.operator.start(withPool(stage, { VMAN_FAILPOINTS: 'operator.backup.copying=crash' }));
    await stage.host.send(vm);
    await stage.host.settled(vm, 'stopped');
    const { operationId } = await backUp(stage, vm);
    await stage.operator.gone();
    await stage.operator.start(withPool(stage));
    expect((await finishedBackup(stage, operationId)).consistency).toBe('off');
    const on = later(vm, { power: 'running', startGeneration: 2 });
    await stage.host.send(on);
    await stage.host.settled(on, 'running');
    await stage.host.remove(on);
  });
});

describe('an operator that is killed in the middle of a restore', () => {
  it('is followed by one that makes the disk, with no part of it left over', async () => {
    const disk = blankDisk();
    const vm = stage.host.vm({ disks: [disk] });
    await stage.operator.start(withPool(stage));
    await stage.host.send(vm);
    await stage.host.settled(vm, 'running');
    await stage.operator.end('SIGKILL');
    await withMonitor(stage, vm, (client) => writeDisk(client, disk, 'write -P 1 0 8M'));
    await stage.operator.start(withPool(stage));
    const { backupId, operationId } = await backUp(stage, vm);
    await finishedBackup(stage, operationId);
    await stage.operator.end('SIGKILL');
    await stage.operator.start(withPool(stage, { VMAN_FAILPOINTS: 'operator.create-disk.filled=crash' }));
    const value = { backupId, diskId: disk.diskId, poolId: poolIdOf(stage) };
    const copy: Disk = { ...blankDisk(), origin: { from: { $case: 'backup', value } } };
    const clone = stage.host.vm({ disks: [copy], power: 'stopped' });
    await stage.host.send(clone);
    expect((await stage.operator.gone()).signal).toBe('SIGKILL');
    await stage.operator.start(withPool(stage));
    await stage.host.send(clone);
    await stage.host.settled(clone, 'stopped', RETURNED_MS);
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
    for (const each of [vm, clone]) await stage.host.remove(each);
  });
});

describe('a QEMU that is killed in the middle of a backup', () => {
  it('does not take the backup with it: it is made of the disks as they were left', async () => {
    const disk = blankDisk();
    const vm = stage.host.vm({ disks: [disk] });
    await stage.operator.start(withPool(stage, { VMAN_BACKUP_BANDWIDTH: '2' }));
    await stage.host.send(vm);
    const { pid } = await stage.host.settled(vm, 'running');
    await stage.operator.end('SIGKILL');
    await withMonitor(stage, vm, async (client) => {
      await writeDisk(client, disk, 'write -P 1 0 8M');
      await writeDisk(client, disk, 'flush');
    });
    await stage.operator.start(withPool(stage, { VMAN_BACKUP_BANDWIDTH: '2' }));
    const { backupId, operationId } = await backUp(stage, vm);
    await waitFor(
      () => stage.host.commandEvents.some((it) => it.operationId === operationId && it.progressPercent),
      { what: 'the copy is at work' },
    );
    process.kill(pid, 'SIGKILL');
    const { consistency } = await finishedBackup(stage, operationId);
    expect(consistency).toBe('off');
    showsBackup(stage, backupId, disk, 'read -P 1 0 8M');
    await stage.host.remove(vm);
  });
});
