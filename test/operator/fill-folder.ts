import { closeSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const BLOCK_BYTES = 4096;

/** Takes the room of a small file system, block by block since others write into it meanwhile; until it is called. */
export function fillFolder(folder: string, leaveBytes: number): () => void {
  const filler = join(folder, 'filler');
  const file = openSync(filler, 'a');
  const block = Buffer.alloc(BLOCK_BYTES, 1);
  const free = () => statfsSync(folder).bavail * statfsSync(folder).bsize;
  try {
    while (free() > leaveBytes) writeSync(file, block);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  } finally {
    closeSync(file);
  }
  return () => rmSync(filler);
}
