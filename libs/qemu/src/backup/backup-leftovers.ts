import { endJobs, type QmpClient } from '../qmp/index.js';
import { isCopyName, parseBitmapName } from './backup-names.js';

const ANSWER_MS = 30_000;

export interface OwnBitmap {
  node: string;
  name: string;
  poolId: string;
  backupId: string;
  /** Whether it knows everything that was written since. */
  sound: boolean;
}

/** The bitmaps of backups that a machine holds. */
export async function backupBitmaps(client: QmpClient): Promise<OwnBitmap[]> {
  const nodes = await client.execute('query-named-block-nodes', { flat: true }, { timeoutMs: ANSWER_MS });
  return nodes.flatMap((node) =>
    (node['dirty-bitmaps'] ?? []).flatMap(({ name = '', recording, persistent, inconsistent }) => {
      const ours = parseBitmapName(name);
      if (!ours || !node['node-name']) return [];
      const sound = recording && persistent && inconsistent !== true;
      return [{ node: node['node-name'], name, ...ours, sound }];
    }),
  );
}

export async function removeBitmap(client: QmpClient, { node, name }: OwnBitmap): Promise<void> {
  await client.execute('block-dirty-bitmap-remove', { node, name }, { timeoutMs: ANSWER_MS });
}

/** Ends the copies of a backup, done or not, and lets go of their files. There may be none. */
export async function closeCopies(client: QmpClient): Promise<void> {
  const jobs = await client.execute('query-jobs', undefined, { timeoutMs: ANSWER_MS });
  const ours = jobs.map((job) => job.id).filter(isCopyName);
  await endJobs(client, ours);
  const nodes = await client.execute('query-named-block-nodes', { flat: true }, { timeoutMs: ANSWER_MS });
  const tops = nodes
    .flatMap((node) => node['node-name'] ?? [])
    .filter((name) => /^bk[0-9a-f]{12}$/.test(name));
  for (const name of tops) {
    await client.execute('blockdev-del', { 'node-name': name }, { timeoutMs: ANSWER_MS });
  }
}
