/**
 * The file that makes a folder a pool and says which one: written once, by the first host that uses the folder, and
 * never again. So hosts that mount one folder report one pool, and a folder without the marker that was there before
 * is a mount that is missing, not an empty pool.
 */
import { link, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { v7 as uuidv7 } from 'uuid';
import { readJson, syncFolder, writeJson } from '../storage/json-file.js';

export interface PoolMarker {
  poolId: string;
  kind: string;
}

const FOLDER_MODE = 0o700;

const markerPath = (folder: string): string => join(folder, 'pool.json');
export const disksFolder = (folder: string): string => join(folder, 'disks');

export function readMarker(folder: string): Promise<PoolMarker | undefined> {
  return readJson<PoolMarker>(markerPath(folder));
}

/** The marker that is there in the end: this one, or that of another host that was faster. */
export async function claimPool(folder: string, hostId: string, marker: PoolMarker): Promise<PoolMarker> {
  // The folder itself is the admin's: a name that was mistyped, or a mount that is missing, makes none.
  await mkdir(disksFolder(folder), { mode: FOLDER_MODE }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  const mine = join(folder, `pool.json.${hostId}`);
  await rm(mine, { force: true });
  await writeJson(mine, marker);
  try {
    await link(mine, markerPath(folder));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await rm(mine, { force: true });
  }
  await syncFolder(folder);
  return (await readMarker(folder)) ?? marker;
}

export const newPoolId = (): string => uuidv7();
