/**
 * Where files of disks lie that nobody knows: beside their place, under a name that carries when they were put aside.
 * Each move is one rename, so that a kill leaves a file here or there, never twice and never in part; what is based
 * on an image keeps it in the cache.
 */
import { rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { VmanError } from '#libs/errors';
import type { Pools } from '../pools/pools.js';
import { exists } from '../steps/fetch-image.step.js';
import { syncFolder } from '../storage/json-file.js';
import { listFolder } from '../storage/paths.js';

const ASIDE = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.(\d{1,15})\.quarantined$/;

/** A name in a folder of disks, when it is that of a file in quarantine. */
export function asideOf(name: string): { diskId: string; quarantinedAtMs: number } | undefined {
  const [, diskId, atMs] = ASIDE.exec(name) ?? [];
  return diskId === undefined ? undefined : { diskId, quarantinedAtMs: Number(atMs) };
}

/** Puts the file of a disk aside; one that is not in its place is left as it is. */
export async function putAside(pools: Pools, poolId: string, diskId: string, nowMs: number): Promise<void> {
  const path = pools.diskPath(poolId, diskId);
  if (!(await exists(path))) return;
  const folder = dirname(path);
  await rename(path, join(folder, `${diskId}.${nowMs}.quarantined`));
  await syncFolder(folder);
}

/** Gives the file that was put aside last its place again; false when there is none. */
export async function takeBack(pools: Pools, poolId: string | undefined, diskId: string): Promise<boolean> {
  const path = pools.diskPath(poolId, diskId);
  const folder = dirname(path);
  const name = (await asides(folder, diskId)).at(-1);
  if (name === undefined) return false;
  if (await exists(path)) throw new VmanError('conflict', `Disk ${diskId} has a file in its place.`);
  await rename(join(folder, name), path);
  await syncFolder(folder);
  return true;
}

/** Destroys what was put aside of a disk. */
export async function destroyAside(pools: Pools, poolId: string, diskId: string): Promise<void> {
  const folder = dirname(pools.diskPath(poolId, diskId));
  for (const name of await asides(folder, diskId)) await rm(join(folder, name), { force: true });
  await syncFolder(folder);
}

/** Oldest first. */
async function asides(folder: string, diskId: string): Promise<string[]> {
  const since = (name: string) => asideOf(name)?.quarantinedAtMs ?? 0;
  return (await listFolder(folder))
    .filter((it) => asideOf(it)?.diskId === diskId)
    .sort((a, b) => since(a) - since(b));
}
