import type { BackupOrigin } from '#libs/contracts';
import { VmanError } from '#libs/errors';
import { convertChain, growQcow2 } from '#libs/qemu';
import type { Host } from '../host.js';
import { Interrupted } from '../reconcile/to-failure.js';
import { syncFile } from '../storage/json-file.js';
import { layersOf, readChain, verifyChain } from './backup-chain.js';
import { fileOf } from './backup-manifest.js';

const LONGEST_MS = 24 * 3_600_000;
/** Metadata of a qcow2 beside its data, generously. */
const OVERHEAD = 1.1;
const HEADER_BYTES = 64 * 1024 * 1024;

/**
 * Writes a disk as a backup holds it into a new file, once all that it is made of fits its checksum. Throws VmanError
 * `backup_damaged`, `storage_full`, or Interrupted when the signal ended it; then the file is the caller's to remove.
 */
export async function restoreDisk(
  host: Host,
  { backupId, diskId, poolId }: BackupOrigin,
  target: { path: string; sizeBytes: number },
  signal: AbortSignal,
): Promise<void> {
  try {
    await host.pools.mustBeThere(poolId);
    const chain = await readChain(host.pools, poolId, backupId);
    const file = chain[0] && fileOf(chain[0].manifest, diskId);
    if (!file) throw new VmanError('backup_damaged', `Backup ${backupId} has no disk ${diskId}.`);
    await verifyChain(chain, [diskId], { signal });
    const maxFileBytes = Math.ceil(file.sizeBytes * OVERHEAD) + HEADER_BYTES;
    const bytesPerSecond = host.backupBytesPerSecond;
    const limits = { timeoutMs: LONGEST_MS, maxFileBytes, bytesPerSecond, signal };
    await convertChain(layersOf(chain, diskId), target.path, limits);
    await growQcow2(target.path, target.sizeBytes, { timeoutMs: LONGEST_MS, signal });
    await syncFile(target.path);
  } catch (error) {
    if (signal.aborted) throw new Interrupted('a newer change came');
    throw error;
  }
}
