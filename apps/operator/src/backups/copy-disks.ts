/**
 * The copy itself, on a machine that holds the disks: new files, one transaction that fixes the moment of all of them,
 * and the jobs that fill the files while the guest writes on. Whatever goes wrong, the machine is left as it was.
 */
import { failpoint } from '#libs/config';
import type { CreateBackup, Disk } from '#libs/contracts';
import { VmanError } from '#libs/errors';
import {
  backupBitmaps,
  backupTransaction,
  bitmapName,
  type CopiedDisk,
  closeCopies,
  copyName,
  copyTarget,
  followJobs,
  type QmpClient,
  QmpJobError,
  qcow2Size,
  removeBitmap,
  writeOverlay,
} from '#libs/qemu';
import type { Host } from '../host.js';
import { backupFile } from './backup-files.js';
import type { BlockMachine } from './block-machine.js';
import type { Base } from './choose-base.js';
import { type CopyMoment, frozen } from './freeze-moment.js';

const TRANSACTION_MS = 60_000;

export interface CopyOrder {
  host: Host;
  machine: BlockMachine;
  action: CreateBackup;
  disks: readonly Disk[];
  base: Base;
  folder: string;
  signal: AbortSignal;
  onProgress: (percent: number) => void;
}

export async function copyDisks(order: CopyOrder): Promise<CopyMoment> {
  const { host, machine, action, disks, signal } = order;
  const { client } = machine;
  try {
    const copies = await openTargets(order);
    await failpoint('operator.backup.targets');
    const actions = backupTransaction(copies, host.backupBytesPerSecond);
    const start = async (): Promise<number> => {
      if (actions.length > 0) await client.execute('transaction', { actions }, { timeoutMs: TRANSACTION_MS });
      return host.clock.now();
    };
    const moment = await frozen(machine.live, action, start);
    await failpoint('operator.backup.copying');
    await followJobs(
      client,
      copies.map(({ diskId }) => copyName(diskId)),
      { signal, onProgress: (done, total) => order.onProgress(total > 0 ? (100 * done) / total : 100) },
    );
    await closeCopies(client);
    return moment;
  } catch (error) {
    await undoCopies(machine, bitmapName(action.poolId, action.backupId)).catch((fault) => {
      host.logger.warn({ err: fault }, 'a copy could not be taken back; the next backup of the VM does it');
    });
    throw error instanceof QmpJobError ? failureOf(error, disks) : error;
  }
}

/** Files of the right size, opened by the machine; an unchanged disk is an empty file upon its parent's. */
async function openTargets(order: CopyOrder): Promise<CopiedDisk[]> {
  const { host, machine, action, disks, base, folder } = order;
  const { poolId, backupId, parentBackupId } = action;
  const incremental = base.kind === 'incremental';
  const copies: CopiedDisk[] = [];
  for (const { diskId, readOnly, poolId: diskPool } of disks) {
    const path = backupFile(folder, diskId);
    await writeOverlay({
      path,
      sizeBytes: await qcow2Size(host.pools.diskPath(diskPool, diskId)),
      ...(incremental && { backingFile: `../${parentBackupId}/${diskId}.qcow2`, backingFormat: 'qcow2' }),
    });
    if (readOnly && incremental) continue;
    await host.launcher.access.own(path);
    await machine.client.execute('blockdev-add', copyTarget(diskId, path));
    copies.push({
      diskId,
      ...(!readOnly && { bitmap: bitmapName(poolId, backupId) }),
      ...(incremental && { since: bitmapName(poolId, parentBackupId) }),
    });
  }
  return copies;
}

/** The guest may have met the full pool too: what it wanted to write is written now. */
async function undoCopies({ client, live }: BlockMachine, bitmap: string): Promise<void> {
  if (!client.isOpen) return;
  await closeCopies(client);
  await removeBitmaps(client, (name) => name === bitmap);
  if (!live) return;
  await live.refresh();
  if (live.phase === 'io-error') await client.execute('cont');
}

export async function removeBitmaps(client: QmpClient, unwanted: (name: string) => boolean): Promise<void> {
  for (const bitmap of await backupBitmaps(client)) {
    if (unwanted(bitmap.name)) await removeBitmap(client, bitmap);
  }
}

function failureOf({ jobId, desc }: QmpJobError, disks: readonly Disk[]): VmanError {
  const diskId = disks.find((it) => copyName(it.diskId) === jobId)?.diskId ?? '';
  if (/No space left|Disk quota|File too large/i.test(desc)) {
    return new VmanError('storage_full', 'The pool of the backup is full.');
  }
  return new VmanError('hypervisor_error', `Disk ${diskId} could not be copied: ${desc}`);
}
