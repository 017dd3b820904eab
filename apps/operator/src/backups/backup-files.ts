/**
 * Where a backup lies in its pool:
 *
 *   <pool>/backups/<backup>/manifest.json <disk>.qcow2       whole
 *   <pool>/backups/<backup>.<host>.new/                      being made, or left by a kill: never listed
 *
 * The file of an incremental backup names its parent's by `../<parent>/<disk>.qcow2`, for people and their tools; VMAN
 * itself opens only what the manifests say.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Pools } from '../pools/pools.js';
import { syncFolder } from '../storage/json-file.js';
import { makePrivateFolder } from '../storage/paths.js';

export const backupsFolder = (poolFolder: string): string => join(poolFolder, 'backups');
export const backupFile = (folder: string, diskId: string): string => join(folder, `${diskId}.qcow2`);

/** Throws VmanError `pool_unavailable`. */
export function backupFolder(pools: Pools, poolId: string, backupId: string): string {
  return join(backupsFolder(pools.folder(poolId)), backupId);
}

/** The folder of a backup under its name of an unfinished one. */
export function unfinishedFolder(pools: Pools, poolId: string, backupId: string): string {
  return `${backupFolder(pools, poolId, backupId)}${pools.unfinishedEnd}`;
}

export async function makeUnfinished(pools: Pools, poolId: string, backupId: string): Promise<string> {
  const parent = backupsFolder(pools.folder(poolId));
  await makePrivateFolder(parent);
  await syncFolder(pools.folder(poolId));
  const folder = unfinishedFolder(pools, poolId, backupId);
  await mkdir(folder, { mode: 0o700 });
  return folder;
}
