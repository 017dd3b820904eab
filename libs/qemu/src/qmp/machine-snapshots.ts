/**
 * Snapshots of the disks of a live machine, named by their nodes. The disks alone are taken in one transaction: all at
 * one moment, or none. With the memory QEMU stops the guest, saves everything as a job, and lets it go on; its monitor
 * is silent meanwhile.
 */
import { diskDeviceId, diskNodeName } from '../argv/index.js';
import { endJobs } from './follow-jobs.js';
import type { QmpClient } from './qmp-client.js';
import { runJob } from './run-job.js';

export interface SnapshotOrder {
  name: string;
  /** Those that are in the machine. With memory, the first holds it. */
  diskIds: readonly string[];
  timeoutMs: number;
}

/** Throws QmpError. */
export async function takeDisks(
  client: QmpClient,
  { name, diskIds, timeoutMs }: SnapshotOrder,
): Promise<void> {
  const blocks = await client.execute('query-block');
  const actions = diskIds.map((diskId) => {
    // A throttled disk is known by the node above it.
    const path = `/machine/peripheral/${diskDeviceId(diskId)}/`;
    const root = blocks.find((it) => it.qdev?.startsWith(path))?.inserted?.['node-name'];
    return {
      type: 'blockdev-snapshot-internal-sync' as const,
      data: { device: root ?? diskNodeName(diskId), name },
    };
  });
  await client.execute('transaction', { actions }, { timeoutMs });
}

/** Throws QmpJobError. */
export const saveMachine = (client: QmpClient, order: SnapshotOrder): Promise<void> =>
  job(client, 'snapshot-save', order);

/** Of a machine of the same make whose guest stands still; it stands still afterwards. Throws QmpJobError. */
export const loadMachine = (client: QmpClient, order: SnapshotOrder): Promise<void> =>
  job(client, 'snapshot-load', order);

/** A disk that does not have it (any more) is no fault. Throws QmpJobError. */
export const dropFromMachine = (client: QmpClient, order: SnapshotOrder): Promise<void> =>
  job(client, 'snapshot-delete', order);

async function job(
  client: QmpClient,
  command: 'snapshot-save' | 'snapshot-load' | 'snapshot-delete',
  { name, diskIds, timeoutMs }: SnapshotOrder,
): Promise<void> {
  const id = `${command}-${name}`;
  // One of an operator that was killed meanwhile.
  await endJobs(client, [id]);
  const devices = diskIds.map(diskNodeName);
  const target = { 'job-id': id, tag: name, devices };
  const begin = () =>
    command === 'snapshot-delete'
      ? client.execute(command, target)
      : client.execute(command, { ...target, vmstate: devices[0] ?? '' });
  await runJob(client, id, begin, { timeoutMs });
}
