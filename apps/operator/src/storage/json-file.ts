/**
 * Small state files that survive a kill or a power cut at any moment: written beside, fsynced, renamed, and the
 * folder fsynced, so that a reader finds the old or the new content whole. Each carries a version and a checksum; a
 * file that does not fit its checksum is put aside as `.damaged` and counts as absent, never as truth.
 *
 * Somebody waits for most of them, and each call waits for a thread as well as for the disk, so there are few: a write
 * that returns when it is durable (O_DSYNC), and what nobody has to wait for is not waited for.
 */
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

const VERSION = 1;
const FRESH = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL;
const FRESH_DURABLE = FRESH | constants.O_DSYNC;
let unique = 0;

interface Envelope {
  version: number;
  checksum: string;
  content: unknown;
}

function checksumOf(content: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(content) ?? '')
    .digest('hex')
    .slice(0, 16);
}

/** Durable once it resolves. Throws what the file system throws, with nothing left beside the old file. */
export async function writeJson(path: string, content: unknown): Promise<void> {
  await write(path, content, FRESH_DURABLE);
  await syncFolder(dirname(path));
}

/** The same for what is worth nothing after the end of this boot: it survives a kill, and no power cut. */
export async function writeJsonOfBoot(path: string, content: unknown): Promise<void> {
  await write(path, content, FRESH);
}

async function write(path: string, content: unknown, flags: number): Promise<void> {
  unique += 1;
  const temporary = `${path}.${process.pid}-${unique}.tmp`;
  const envelope: Envelope = { version: VERSION, checksum: checksumOf(content), content };
  try {
    const file = await open(temporary, flags, 0o600);
    try {
      await file.writeFile(`${JSON.stringify(envelope)}\n`);
    } finally {
      leave(file);
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** The content; undefined when there is none, or when it was damaged (it is put aside, and `onDamage` is told). */
export async function readJson<T>(path: string, onDamage?: (path: string) => void): Promise<T | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const envelope = parse(text);
  if (envelope?.version === VERSION && envelope.checksum === checksumOf(envelope.content)) {
    return envelope.content as T;
  }
  await rename(path, `${path}.damaged`);
  onDamage?.(path);
  return undefined;
}

/** Removes a file durably; it need not be there. */
export async function removeDurably(path: string): Promise<void> {
  await rm(path, { force: true, recursive: true });
  await syncFolder(dirname(path));
}

/** Makes the content of a file durable, whoever wrote it. */
export async function syncFile(path: string): Promise<void> {
  const handle = await open(path, 'r+');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes the names in a folder durable. */
export async function syncFolder(folder: string): Promise<void> {
  let handle: FileHandle;
  try {
    handle = await open(folder, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  try {
    await handle.sync();
  } finally {
    leave(handle);
  }
}

/** What was written has been answered for: its closing has nothing to tell. */
function leave(handle: FileHandle): void {
  void handle.close().catch(() => {});
}

function parse(text: string): Partial<Envelope> | undefined {
  try {
    return JSON.parse(text) as Partial<Envelope>;
  } catch {
    return undefined;
  }
}
