/**
 * The records of leases on a shared pool: `<pool>/leases/<vm>/<term>`, the highest term is the lease.
 *
 *   take   a whole record is written beside and linked to the name of the next term: of several hosts one succeeds.
 *          A host that stood still before the link may make a term that is lower than the newest; it looks, sees that,
 *          and takes its own away again.
 *   renew  the counter is written in place, into the term that the holder made; afterwards it looks whether there is a
 *          higher term. A write that comes late changes a record that nobody counts any more.
 *
 * Assumes that a name is made for one caller only (link), and that an opened file is read as it was last written:
 * local file systems and NFS do both.
 */
import { link, mkdir, open, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { v7 as uuidv7 } from 'uuid';
import { type LeaseRecord, leaseText } from '#libs/domain';
import { syncFolder } from '../storage/json-file.js';

const FOLDER_MODE = 0o700;

const folderOf = (pool: string, vmId: string): string => join(pool, 'leases', vmId);
const pathOf = (pool: string, vmId: string, term: number): string => join(folderOf(pool, vmId), `${term}`);

/** The newest record; undefined when there never was one. */
async function readNewest(pool: string, vmId: string): Promise<{ term: number; text: string } | undefined> {
  const term = await newestTerm(pool, vmId);
  if (term === 0) return undefined;
  return { term, text: await readFile(pathOf(pool, vmId, term), 'utf8') };
}

/** True when the record is the lease now; false when another host was faster. */
async function takeTerm(pool: string, record: LeaseRecord): Promise<boolean> {
  const { vmId, term } = record;
  const folder = folderOf(pool, vmId);
  await mkdir(folder, { recursive: true, mode: FOLDER_MODE });
  const beside = join(folder, `.${uuidv7()}`);
  try {
    await writeWhole(beside, leaseText(record));
    await link(beside, pathOf(pool, vmId, term));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(beside, { force: true });
  }
  await syncFolder(folder);
  if ((await newestTerm(pool, vmId)) !== term) {
    await rm(pathOf(pool, vmId, term), { force: true });
    return false;
  }
  await removeBelow(pool, vmId, term);
  return true;
}

/** Writes the record of a term that this host made; false when it is not the lease any more. */
async function renewTerm(pool: string, record: LeaseRecord): Promise<boolean> {
  const { vmId, term } = record;
  try {
    const file = await open(pathOf(pool, vmId, term), 'r+');
    try {
      await file.write(leaseText(record), 0);
      await file.datasync();
    } finally {
      await file.close();
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
  return (await newestTerm(pool, vmId)) === term;
}

/** Of a VM that is deleted. */
async function removeLease(pool: string, vmId: string): Promise<void> {
  await rm(folderOf(pool, vmId), { recursive: true, force: true });
}

async function newestTerm(pool: string, vmId: string): Promise<number> {
  try {
    return Math.max(0, ...(await termsOf(pool, vmId)));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw error;
  }
}

async function termsOf(pool: string, vmId: string): Promise<number[]> {
  return (await readdir(folderOf(pool, vmId))).filter((name) => /^\d+$/.test(name)).map(Number);
}

async function removeBelow(pool: string, vmId: string, term: number): Promise<void> {
  for (const older of (await termsOf(pool, vmId)).filter((it) => it < term)) {
    await rm(pathOf(pool, vmId, older), { force: true });
  }
}

async function writeWhole(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** How leases are kept; a simulator keeps them elsewhere. */
export const leaseFiles = { readNewest, takeTerm, renewTerm, removeLease };
export type LeaseFiles = typeof leaseFiles;
