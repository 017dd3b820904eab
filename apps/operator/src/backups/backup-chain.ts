/**
 * A backup with all that it adds to, down to the full one. What does not fit its checksum, or is not there, makes all
 * above it worthless, so a chain is checked whole before anything is built upon it or made of it.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { VmanError } from '#libs/errors';
import type { ImageFile } from '#libs/qemu';
import type { Pools } from '../pools/pools.js';
import { backupFile, backupFolder } from './backup-files.js';
import { type BackupManifest, fileOf, readManifest } from './backup-manifest.js';

/** More than anybody makes between two full ones. */
const LONGEST = 1000;

export interface ChainLink {
  folder: string;
  manifest: BackupManifest;
}

/** The newest first. Throws VmanError `backup_damaged`, `pool_unavailable`. */
export async function readChain(pools: Pools, poolId: string, backupId: string): Promise<ChainLink[]> {
  const chain: ChainLink[] = [];
  for (let id = backupId; id !== ''; ) {
    const folder = backupFolder(pools, poolId, id);
    const manifest = await readManifest(folder);
    if (!manifest) throw damaged(`backup ${id} is not in its pool, or its manifest is damaged`);
    chain.push({ folder, manifest });
    if (chain.length > LONGEST) throw damaged(`backup ${id} adds to itself`);
    id = manifest.parentId;
  }
  return chain;
}

/** Reads the files of these disks in the whole chain. Throws VmanError `backup_damaged`, or the reason of the signal. */
export async function verifyChain(
  chain: readonly ChainLink[],
  diskIds: readonly string[],
  { signal, onProgress }: { signal: AbortSignal; onProgress?: (percent: number) => void },
): Promise<void> {
  const files = chain.flatMap(({ folder, manifest }) =>
    diskIds.map((diskId) => ({
      backupId: manifest.backupId,
      folder,
      diskId,
      file: fileOf(manifest, diskId),
    })),
  );
  for (const [index, { backupId, folder, diskId, file }] of files.entries()) {
    const found = await hashFile(backupFile(folder, diskId), signal).catch((error) => {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    });
    if (!file || !found) throw damaged(`disk ${diskId} of backup ${backupId} is missing`);
    if (found.sha256 !== file.sha256 || found.bytes !== file.fileBytes) {
      throw damaged(`disk ${diskId} of backup ${backupId} does not fit its checksum`);
    }
    onProgress?.(Math.floor((100 * (index + 1)) / files.length));
  }
}

/** One disk of a chain as QEMU has to open it, the newest layer first. */
export function layersOf(chain: readonly ChainLink[], diskId: string): ImageFile[] {
  return chain.map(({ folder }) => ({ path: backupFile(folder, diskId), format: 'qcow2' }));
}

export async function hashFile(
  path: string,
  signal: AbortSignal,
): Promise<{ sha256: string; bytes: number }> {
  const hash = createHash('sha256');
  let bytes = 0;
  await pipeline(
    createReadStream(path, { highWaterMark: 1 << 20 }),
    async (chunks: AsyncIterable<Buffer>) => {
      for await (const chunk of chunks) {
        hash.update(chunk);
        bytes += chunk.length;
      }
    },
    { signal },
  );
  return { sha256: hash.digest('hex'), bytes };
}

function damaged(what: string): VmanError {
  return new VmanError('backup_damaged', `Not usable: ${what}.`);
}
