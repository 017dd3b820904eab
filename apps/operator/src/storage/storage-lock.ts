/**
 * One operator for one storage path. The lock names its holder by pid, start time and boot, so that the lock of a
 * dead operator, or of one before a reboot, is taken over and that of a live one never.
 */
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { VmanError } from '#libs/errors';
import { identityOf, isAlive, type ProcessIdentity } from '../runtime/proc.js';

export interface StorageLock {
  release(): Promise<void>;
}

const TRIES = 5;

/** Throws VmanError `resource_in_use` while another live operator holds the path. */
export async function lockStorage(path: string): Promise<StorageLock> {
  const own = await identityOf(process.pid);
  const mine = `${path}.${process.pid}`;
  await writeFile(mine, JSON.stringify(own), { mode: 0o600 });
  try {
    for (let attempt = 0; attempt < TRIES; attempt += 1) {
      if (await linked(mine, path)) return { release: () => release(path, own) };
      const holder = await readHolder(path);
      if (holder && (await isAlive(holder))) {
        throw new VmanError(
          'resource_in_use',
          `Another operator (pid ${holder.pid}) owns this storage path.`,
        );
      }
      await putAside(path, mine, holder);
    }
    throw new VmanError('resource_in_use', 'Another operator is starting on this storage path.');
  } finally {
    await rm(mine, { force: true });
  }
}

/** Creating a name that must not exist is the one atomic step. */
async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function readHolder(path: string): Promise<ProcessIdentity | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as ProcessIdentity;
  } catch {
    return undefined;
  }
}

/** Between reading a stale lock and moving it another starter may have taken it: then it goes back. */
async function putAside(path: string, mine: string, stale: ProcessIdentity | undefined): Promise<void> {
  const aside = `${mine}.stale`;
  try {
    await rename(path, aside);
  } catch {
    return;
  }
  const moved = await readHolder(aside);
  if (moved && JSON.stringify(moved) !== JSON.stringify(stale)) await linked(aside, path);
  await rm(aside, { force: true });
}

async function release(path: string, own: ProcessIdentity | undefined): Promise<void> {
  const holder = await readHolder(path);
  if (JSON.stringify(holder) === JSON.stringify(own)) await rm(path, { force: true });
}
