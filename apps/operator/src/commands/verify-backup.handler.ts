import { readChain, verifyChain } from '../backups/backup-chain.js';
import type { CommandHandler } from './command-handler.js';

/** Reads every file of a backup and of those it adds to. Throws `backup_damaged`. */
export const verifyBackup: CommandHandler<'verifyBackup'> = {
  runs: 'beside',
  key: ({ backupId }) => `backup ${backupId}`,
  async carryOut({ poolId, backupId }, { host, signal, progress }) {
    await host.pools.mustBeThere(poolId);
    const chain = await readChain(host.pools, poolId, backupId);
    const diskIds = chain[0]?.manifest.result.files.map((it) => it.diskId) ?? [];
    await verifyChain(chain, diskIds, { signal, onProgress: progress });
    return undefined;
  },
};
