/**
 * The death certificate of a QEMU process: how it ended and its last words. The last ten of a VM lie in its folder,
 * as the message that is told of them; one that the bus has not taken yet has another name.
 */
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExitEvent, LastExit, QmpEventRecord } from '#libs/contracts';
import { readJson, writeJson } from '../storage/json-file.js';
import { listFolder, makePrivateFolder, type VmPaths } from '../storage/paths.js';
import type { ProcessRecord } from '../storage/vm-records.js';
import { readLogTail } from './log-files.js';

const TAIL_BYTES = 64 * 1024;
const CERTIFICATES_KEPT = 10;
const NAME = /^(\d+)\.(unsent\.)?json$/;

/** With the bytes as base64. */
type Stored = Omit<ExitEvent, 'serialTail' | 'stderrTail'> & { serialTail: string; stderrTail: string };

export interface Death {
  hostId: string;
  vmId: string;
  paths: VmPaths;
  record: ProcessRecord;
  exit: LastExit;
  events: QmpEventRecord[];
}

/** Reads the last words of a process that has ended. */
export async function drawUp({ hostId, vmId, paths, record, exit, events }: Death): Promise<ExitEvent> {
  const [serialTail, stderrTail] = await Promise.all([
    readLogTail(paths.serialLog, TAIL_BYTES),
    readLogTail(paths.qemuLog, TAIL_BYTES),
  ]);
  const { launchId, launchedAtMs, identity } = record;
  const pid = identity?.pid ?? 0;
  return { hostId, vmId, exit, launchId, pid, launchedAtMs, serialTail, stderrTail, qmpEvents: events };
}

const sentPath = (folder: string, exitSeq: number): string => join(folder, `${exitSeq}.json`);
const unsentPath = (folder: string, exitSeq: number): string => join(folder, `${exitSeq}.unsent.json`);

/** Keeps it as one that is still to be told, and drops those that are too old. */
export async function keepUnsent(folder: string, event: ExitEvent): Promise<void> {
  await makePrivateFolder(folder);
  const stored: Stored = {
    ...event,
    serialTail: Buffer.from(event.serialTail).toString('base64'),
    stderrTail: Buffer.from(event.stderrTail).toString('base64'),
  };
  await writeJson(unsentPath(folder, event.exit.exitSeq), stored);
  for (const name of await listFolder(folder)) {
    if (Number.parseInt(name, 10) <= event.exit.exitSeq - CERTIFICATES_KEPT) {
      await rm(join(folder, name), { force: true });
    }
  }
}

export async function readUnsent(folder: string, exitSeq: number): Promise<ExitEvent | undefined> {
  const stored = await readJson<Stored>(unsentPath(folder, exitSeq));
  if (!stored) return undefined;
  const { serialTail, stderrTail } = stored;
  const bytes = (text: string) => Buffer.from(text, 'base64');
  return { ...stored, serialTail: bytes(serialTail), stderrTail: bytes(stderrTail) };
}

/** The bus has taken it. */
export async function markSent(folder: string, exitSeq: number): Promise<void> {
  try {
    await rename(unsentPath(folder, exitSeq), sentPath(folder, exitSeq));
  } catch (error) {
    // Its VM has left this host meanwhile.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

/** The exits of a VM that are kept, oldest first. */
export async function keptExits(folder: string): Promise<{ exitSeq: number; sent: boolean }[]> {
  const names = (await listFolder(folder)).flatMap((name) => {
    const match = NAME.exec(name);
    return match ? [{ exitSeq: Number(match[1]), sent: match[2] === undefined }] : [];
  });
  return names.sort((a, b) => a.exitSeq - b.exitSeq);
}
