import { v7 as uuidv7 } from 'uuid';
import type { HostIdentity } from '#libs/contracts';
import { VmanError } from '#libs/errors';
import { readJson, writeJson } from './json-file.js';

/** Who this host is, and how often its operator was started: the high part of every revision. */
interface HostRecord {
  hostId: string;
  startCount: number;
  /** Made with this storage path; copied with it, too. */
  incarnation: string;
  /** As what it was let in last; null: it was sent away since. */
  admitted: HostIdentity | null;
}

export interface CountedStart extends HostRecord {
  /** There was nothing of a host here. */
  isNew: boolean;
}

/**
 * Counts this start durably. `configured` names the host at its first start; afterwards the storage path knows it, and
 * another name is a mistake (throws VmanError `conflict`).
 */
export async function countStart(
  path: string,
  configured: string | undefined,
  nowMs: number,
): Promise<CountedStart> {
  const before = await readJson<HostRecord>(path);
  if (before && configured && before.hostId !== configured) {
    throw new VmanError('conflict', `This storage path belongs to host ${before.hostId}, not ${configured}.`);
  }
  // Wall time as a floor: a lost or damaged record must never make later observations look older.
  const floor = before?.startCount ?? Math.floor(nowMs / 1000);
  const record: HostRecord = {
    hostId: before?.hostId ?? configured ?? uuidv7(),
    startCount: floor + 1,
    incarnation: before?.incarnation ?? uuidv7(),
    // Of an earlier version: it was never asked, so it is taken for what it was.
    admitted: before?.incarnation ? before.admitted : null,
  };
  await writeJson(path, record);
  return { ...record, isNew: before?.incarnation === undefined };
}

/** As what this host is let in from now on; null: it is not. */
export async function saveAdmission(path: string, admitted: HostIdentity | null): Promise<void> {
  const record = await readJson<HostRecord>(path);
  if (record) await writeJson(path, { ...record, admitted });
}
