import type { Clock } from '#libs/clock';
import type { PoolDeclaration } from '#libs/config';
import { type CountedStart, countStart } from './host-record.js';
import { makeFolders, type StoragePaths, storagePaths } from './paths.js';
import { lockStorage, type StorageLock } from './storage-lock.js';

/** The storage of this host, locked by this process, with this start counted. */
export interface OpenStorage extends CountedStart {
  paths: StoragePaths;
  lock: StorageLock;
}

/** Throws VmanError `resource_in_use` while another operator lives on it, `conflict` when it is another host's. */
export async function openStorage(
  settings: { storagePath: string; runPath: string; hostId?: string; pools?: readonly PoolDeclaration[] },
  clock: Clock,
): Promise<OpenStorage> {
  const paths = storagePaths(settings.storagePath, settings.runPath, settings.pools);
  await makeFolders(paths);
  const lock = await lockStorage(paths.lock);
  try {
    return { paths, lock, ...(await countStart(paths.host, settings.hostId, clock.now())) };
  } catch (error) {
    await lock.release();
    throw error;
  }
}
