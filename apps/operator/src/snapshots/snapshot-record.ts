import { dirname } from 'node:path';
import type { SnapshotResult } from '#libs/contracts';
import type { LaunchedShape } from '#libs/domain';
import type { Vm } from '../reconcile/vm.js';
import { readJson, removeDurably, writeJson } from '../storage/json-file.js';
import { makePrivateFolder } from '../storage/paths.js';

/** A machine whose memory was saved: only one of the same make can go on from there. */
interface SavedMachine {
  shape: LaunchedShape;
  /** Of the machine type; absent for one without versions. */
  version?: string;
  accelerator: string;
}

/** A snapshot of a VM on this host; durable before a disk is touched, and with `result` once it is whole. */
export interface SnapshotRecord {
  snapshotId: string;
  disks: { diskId: string; poolId?: string }[];
  /** Absent for the disks alone. */
  machine?: SavedMachine;
  result?: SnapshotResult;
}

export function readSnapshot({ store }: Vm, snapshotId: string): Promise<SnapshotRecord | undefined> {
  return readJson<SnapshotRecord>(store.paths.snapshot(snapshotId));
}

export async function writeSnapshot({ store }: Vm, record: SnapshotRecord): Promise<void> {
  const path = store.paths.snapshot(record.snapshotId);
  await makePrivateFolder(dirname(path));
  await writeJson(path, record);
}

export async function removeSnapshot({ store }: Vm, snapshotId: string): Promise<void> {
  await removeDurably(store.paths.snapshot(snapshotId));
}
