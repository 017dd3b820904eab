/**
 * One backup, from nothing to its place in the pool:
 *
 *   1. what an earlier attempt left in the machine and in the pool is taken away
 *   2. the base is chosen: the parent's chain if it is whole, otherwise nothing (and it says why)
 *   3. the disks are copied into new files under a name that nobody lists
 *   4. the files are durable and have checksums, the manifest is written, and the folder gets its name
 *   5. bitmaps that no later backup needs are dropped
 *
 * Killed before 4 is over there is no backup, and the next attempt begins at 1. Killed after it, the backup is there
 * and the next attempt finds it.
 */
import { rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { failpoint } from '#libs/config';
import type { BackupFile, BackupResult, CreateBackup, DesiredVm, Disk } from '#libs/contracts';
import { VmanError } from '#libs/errors';
import { backupBitmaps, bitmapName, closeCopies, parseBitmapName, qcow2Size } from '#libs/qemu';
import type { Host } from '../host.js';
import type { Vm } from '../reconcile/vm.js';
import { bringImages } from '../steps/bring-image.js';
import { diskSpec } from '../steps/qemu-spec.js';
import { syncFile, syncFolder } from '../storage/json-file.js';
import { hashFile } from './backup-chain.js';
import { backupFile, backupFolder, makeUnfinished, unfinishedFolder } from './backup-files.js';
import { type BackupManifest, readManifest, writeManifest } from './backup-manifest.js';
import { type BlockMachine, openMachine } from './block-machine.js';
import { chooseBase } from './choose-base.js';
import { copyDisks, removeBitmaps } from './copy-disks.js';

/** The part of the work that is copying; the rest is reading it again. */
const COPY_PERCENT = 80;

export interface BackupOrder {
  host: Host;
  vm: Vm;
  action: CreateBackup;
  signal: AbortSignal;
  progress: (percent: number) => void;
}

export async function makeBackup(order: BackupOrder): Promise<BackupResult> {
  const { host, vm, action } = order;
  await host.pools.mustBeThere(action.poolId);
  const made = await readManifest(backupFolder(host.pools, action.poolId, action.backupId));
  if (made) return made.result;
  const desired = vm.desired;
  if (!desired || vm.gone) throw new VmanError('not_found', 'The VM is not on this host.');
  const disks = disksOf(desired, action);
  await discard(host, action);
  if (!vm.process) await bringImages(host, disks, order.signal);
  const machine = await openMachine(
    host,
    vm,
    disks.map((disk) => diskSpec(disk, host)),
  );
  try {
    return await backUp(order, desired, disks, machine);
  } finally {
    await machine.close().catch((error) => {
      host.logger.warn(
        { err: error, vmId: vm.vmId },
        'disks that were opened for a backup could not be closed',
      );
    });
  }
}

function disksOf({ disks }: DesiredVm, { diskIds }: CreateBackup): Disk[] {
  return diskIds.map((diskId) => {
    const disk = disks.find((it) => it.diskId === diskId);
    if (!disk) throw new VmanError('not_found', `The VM has no disk ${diskId}.`);
    return disk;
  });
}

async function backUp(
  { host, action, signal, progress }: BackupOrder,
  desired: DesiredVm,
  disks: Disk[],
  machine: BlockMachine,
): Promise<BackupResult> {
  const { client } = machine;
  const { poolId, backupId, parentBackupId } = action;
  await closeCopies(client);
  await removeBitmaps(client, (name) => name === bitmapName(poolId, backupId));
  const base = await chooseBase(host.pools, action, disks, await backupBitmaps(client), signal);
  try {
    const folder = await makeUnfinished(host.pools, poolId, backupId);
    const onProgress = (percent: number) => progress(Math.floor((percent * COPY_PERCENT) / 100));
    const moment = await copyDisks({ host, machine, action, disks, base, folder, signal, onProgress });
    const result: BackupResult = {
      files: await seal(disks, folder, signal, (percent) =>
        progress(COPY_PERCENT + Math.floor((percent * (99 - COPY_PERCENT)) / 100)),
      ),
      kind: base.kind,
      fallbackReason: base.kind === 'full' ? base.fallbackReason : '',
      ...moment,
    };
    const parentId = base.kind === 'incremental' ? parentBackupId : '';
    await publish(host, action, folder, { backupId, parentId, result, vm: withoutSecrets(desired) });
    await failpoint('operator.backup.published');
    await forgetOlder(machine, action);
    return result;
  } catch (error) {
    await discard(host, action);
    if (client.isOpen && !(await isPublished(host, action))) {
      await removeBitmaps(client, (name) => name === bitmapName(poolId, backupId)).catch(() => undefined);
    }
    throw error;
  }
}

/** Makes the files durable and reads them for their checksums. */
async function seal(
  disks: readonly Disk[],
  folder: string,
  signal: AbortSignal,
  onProgress: (percent: number) => void,
): Promise<BackupFile[]> {
  const files: BackupFile[] = [];
  for (const { diskId } of disks) {
    const path = backupFile(folder, diskId);
    await syncFile(path);
    const { sha256, bytes } = await hashFile(path, signal);
    files.push({ diskId, sizeBytes: await qcow2Size(path), fileBytes: bytes, sha256 });
    onProgress((100 * files.length) / disks.length);
  }
  return files;
}

async function publish(
  host: Host,
  { poolId, backupId }: CreateBackup,
  folder: string,
  manifest: BackupManifest,
): Promise<void> {
  await writeManifest(folder, manifest);
  await failpoint('operator.backup.sealed');
  const place = backupFolder(host.pools, poolId, backupId);
  await rename(folder, place);
  await syncFolder(dirname(place));
}

function withoutSecrets({ vmId, name, project, machine, disks, nics }: DesiredVm): BackupManifest['vm'] {
  return { vmId, name, project, machine, disks, nics };
}

/** The next backup in this pool adds to this one: older notes of what was written serve nobody. */
async function forgetOlder({ client }: BlockMachine, { poolId, backupId }: CreateBackup): Promise<void> {
  await removeBitmaps(client, (name) => {
    const bitmap = parseBitmapName(name);
    return bitmap?.poolId === poolId && bitmap.backupId !== backupId;
  });
}

async function isPublished(host: Host, { poolId, backupId }: CreateBackup): Promise<boolean> {
  return (await readManifest(backupFolder(host.pools, poolId, backupId))) !== undefined;
}

/** What an attempt that did not come to its end left in the pool. */
async function discard(host: Host, { poolId, backupId }: CreateBackup): Promise<void> {
  await rm(unfinishedFolder(host.pools, poolId, backupId), { recursive: true, force: true });
}
