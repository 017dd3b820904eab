import { v7 as uuidv7 } from 'uuid';
import { VmanError } from '#libs/errors';
import { readJson, writeJson } from './json-file.js';

/** Who this host is, and how often its operator was started: the high part of every revision. */
export interface HostRecord {
  hostId: string;
  startCount: number;
}

/**
 * Counts this start durably. `configured` names the host at its first start; afterwards the storage path knows it, and
 * another name is a mistake (throws VmanError `conflict`).
 */
export async function countStart(
  path: string,
  configured: string | undefined,
  nowMs: number,
): Promise<HostRecord> {
  const before = await readJson<HostRecord>(path);
  if (before && configured && before.hostId !== configured) {
    throw new VmanError('conflict', `This storage path belongs to host ${before.hostId}, not ${configured}.`);
  }
  // Wall time as a floor: a lost or damaged record must never make later observations look older.
  const floor = before?.startCount ?? Math.floor(nowMs / 1000);
  const record = { hostId: before?.hostId ?? configured ?? uuidv7(), startCount: floor + 1 };
  await writeJson(path, record);
  return record;
}
