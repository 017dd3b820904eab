/**
 * What a host has to know of a snapshot. It lies in the pool of the snapshot's first disk, which holds the memory too:
 * `<pool>/snapshots/<vm>/<snapshot>.json`. So whatever host has the disks has it, and one that lost the VM has nothing
 * to forget.
 */
import { rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { SnapshotResult } from '#libs/contracts';
import type { LaunchedShape } from '#libs/domain';
import type { Host } from '../host.js';
import { readJson, removeDurably, syncFolder, writeJson } from '../storage/json-file.js';
import { listFolder, makePrivateFolder } from '../storage/paths.js';

/** A machine whose memory was saved: only one of the same make can go on from there. */
interface SavedMachine {
  shape: LaunchedShape;
  /** Of the machine type; absent for one without versions. */
  version?: string;
  accelerator: string;
}

/** Durable before a disk is touched, and with `result` once the snapshot is whole. */
export interface SnapshotRecord {
  snapshotId: string;
  disks: { diskId: string; poolId?: string }[];
  /** Absent for the disks alone. */
  machine?: SavedMachine;
  result?: SnapshotResult;
  /** The newest restore from it that was carried out, on whatever host. */
  restoredGeneration?: number;
}

type HostPart = { readonly pools: Pick<Host['pools'], 'folder' | 'folders'> };

export async function readSnapshot(
  { pools }: HostPart,
  vmId: string,
  snapshotId: string,
): Promise<SnapshotRecord | undefined> {
  for (const pool of pools.folders) {
    const record = await readJson<SnapshotRecord>(pathIn(pool, vmId, snapshotId));
    if (record) return record;
  }
  return undefined;
}

/** Throws VmanError `pool_unavailable`. */
export async function writeSnapshot(
  { pools }: HostPart,
  vmId: string,
  record: SnapshotRecord,
): Promise<void> {
  const pool = pools.folder(record.disks[0]?.poolId);
  const path = pathIn(pool, vmId, record.snapshotId);
  await makePrivateFolder(dirname(path));
  await syncFolder(join(pool, 'snapshots'));
  await writeJson(path, record);
}

export async function removeSnapshot({ pools }: HostPart, vmId: string, snapshotId: string): Promise<void> {
  for (const pool of pools.folders) {
    const path = pathIn(pool, vmId, snapshotId);
    await removeDurably(path);
    // The last one takes the folder with it; one that another record came into stays.
    await rmdir(dirname(path)).catch(() => undefined);
  }
}

/** Of a VM that is deleted. */
export async function removeSnapshots({ pools }: HostPart, vmId: string): Promise<void> {
  for (const pool of pools.folders) await rm(folderIn(pool, vmId), { recursive: true, force: true });
}

/** Those that an earlier version kept in the folder of the VM get their place. */
export async function bringSnapshotsHome(host: HostPart, vmId: string, vmFolder: string): Promise<void> {
  const old = join(vmFolder, 'snapshots');
  for (const name of await listFolder(old)) {
    const record = name.endsWith('.json') ? await readJson<SnapshotRecord>(join(old, name)) : undefined;
    if (record) await writeSnapshot(host, vmId, record);
    await removeDurably(join(old, name));
  }
  await rmdir(old).catch(() => undefined);
}

const folderIn = (pool: string, vmId: string): string => join(pool, 'snapshots', vmId);
const pathIn = (pool: string, vmId: string, snapshotId: string): string =>
  join(folderIn(pool, vmId), `${snapshotId}.json`);
