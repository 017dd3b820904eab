import { statfs } from 'node:fs/promises';
import { availableParallelism, totalmem } from 'node:os';
import type { Capacity } from '#libs/contracts';

const MIB = 1024 * 1024;

/** What this host has. */
export async function readCapacity(storage: string): Promise<Capacity> {
  const { bsize, blocks, bavail } = await statfs(storage);
  return {
    cpus: availableParallelism(),
    memoryMib: Math.floor(totalmem() / MIB),
    storageBytes: blocks * bsize,
    storageFreeBytes: bavail * bsize,
  };
}
