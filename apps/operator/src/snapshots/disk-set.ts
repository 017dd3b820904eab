/**
 * The disks of one snapshot. Those that a live machine holds are reached through its monitor, the others through their
 * files; a file that is not there any more holds no snapshot.
 */
import { stat } from 'node:fs/promises';
import { dropDiskSnapshot, dropFromMachine } from '#libs/qemu';
import type { Host } from '../host.js';
import type { Vm } from '../reconcile/vm.js';
import { monitorOf } from '../steps/pause-resume.steps.js';
import type { SnapshotRecord } from './snapshot-record.js';

/** A metadata change of a file takes milliseconds; a storage may be slow. */
export const FILE_MS = 60_000;
/** Memory goes to the disk at the speed of the storage. */
export const MACHINE_MS = 30 * 60_000;

const BLOCK = 512;

export interface DiskSet {
  /** Ids of those in the live machine. */
  plugged: string[];
  /** Paths of the others. */
  files: string[];
}

export function diskSet(host: Host, vm: Vm, disks: SnapshotRecord['disks']): DiskSet {
  const process = vm.actual.process;
  const inside = (id: string) =>
    process?.shape.disks.some((it) => it.diskId === id) === true && !process.missing.includes(id);
  return {
    plugged: disks.map((it) => it.diskId).filter(inside),
    files: disks.filter((it) => !inside(it.diskId)).map((it) => host.pools.diskPath(it.poolId, it.diskId)),
  };
}

/** What the files take on their storage, in bytes. */
export async function bytesOf(host: Host, disks: SnapshotRecord['disks']): Promise<number> {
  const paths = disks.map((it) => host.pools.diskPath(it.poolId, it.diskId));
  const blocks = await Promise.all(paths.map(async (path) => (await stat(path)).blocks));
  return blocks.reduce((sum, it) => sum + it, 0) * BLOCK;
}

/** Removes what there is of a snapshot; what is gone already is no fault. */
export async function dropEverywhere(
  host: Host,
  vm: Vm,
  disks: SnapshotRecord['disks'],
  name: string,
): Promise<void> {
  const { plugged, files } = diskSet(host, vm, disks);
  for (const path of files) {
    if (await isThere(path)) await dropDiskSnapshot(path, name, { timeoutMs: FILE_MS });
  }
  if (plugged.length === 0) return;
  const order = { name, diskIds: plugged, timeoutMs: MACHINE_MS };
  await vm.process?.alone(() => dropFromMachine(monitorOf({ vm }), order));
}

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
