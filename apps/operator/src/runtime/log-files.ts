/**
 * The logs that a QEMU appends to: the guest's serial console and its own words. QEMU keeps them open, so they are
 * rotated in place: what is there goes to `<log>.1`, and the file is cut to nothing while the writer, which appends,
 * goes on at its new end. What is written between the last read and the cut is lost: microseconds, once a megabyte.
 */
import { open, rename, rm, stat, truncate } from 'node:fs/promises';

/** So much of each log is kept at least, and twice as much at most. */
export const LOG_CAP_BYTES = 1024 * 1024;

const WORDS_BYTES = 16 * 1024;

/** Rotates a log that has grown past the cap; true when it did. */
export async function rotateLog(path: string, capBytes = LOG_CAP_BYTES): Promise<boolean> {
  if ((await sizeOf(path)) <= capBytes) return false;
  const unfinished = `${path}.1.new`;
  // First, so that a full storage has room for the new one.
  await rm(`${path}.1`, { force: true });
  const [from, to] = [await open(path, 'r'), await open(unfinished, 'w', 0o600)];
  try {
    let position = Math.max(0, (await from.stat()).size - capBytes);
    const chunk = Buffer.alloc(256 * 1024);
    for (;;) {
      const { bytesRead } = await from.read(chunk, { position });
      if (bytesRead === 0) break;
      await to.write(chunk, 0, bytesRead);
      position += bytesRead;
    }
    await truncate(path, 0);
  } finally {
    await from.close();
    await to.close();
  }
  await rename(unfinished, `${path}.1`);
  return true;
}

/** The last bytes of a log, its rotated part included; empty when it is not there. */
export async function readLogTail(path: string, maxBytes: number): Promise<Buffer> {
  const newest = await readTailBytes(path, maxBytes);
  if (newest.length >= maxBytes) return newest;
  return Buffer.concat([await readTailBytes(`${path}.1`, maxBytes - newest.length), newest]);
}

/** The last bytes of a file from `fromByte` on; empty when it is not there. */
export async function readTailBytes(path: string, maxBytes: number, fromByte = 0): Promise<Buffer> {
  try {
    const file = await open(path, 'r');
    try {
      const { size } = await file.stat();
      const start = Math.max(fromByte, size - maxBytes);
      const { buffer, bytesRead } = await file.read(Buffer.alloc(Math.max(0, size - start)), {
        position: start,
      });
      return buffer.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return Buffer.alloc(0);
    throw error;
  }
}

/** What a QEMU printed last, as text. */
export async function readLogWords(path: string, fromByte = 0): Promise<string> {
  return (await readTailBytes(path, WORDS_BYTES, fromByte)).toString('utf8');
}

async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}
