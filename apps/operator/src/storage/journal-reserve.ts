/**
 * Room kept for the journal, so that on a full disk a command is still taken, carried out or refused, and answered.
 * A file of random bytes, which no file system stores in less, that is cut when there is no other room and grows
 * again when there is.
 */
import { randomBytes } from 'node:crypto';
import { open } from 'node:fs/promises';

const RESERVE_BYTES = 256 * 1024;
/** Two blocks of a file system: an entry and the growth of its folder. */
const PORTION_BYTES = 8 * 1024;

export class JournalReserve {
  constructor(private readonly path: string) {}

  /** Tries to write with all the room there is, and with portions of the reserve after that. */
  async write(write: () => Promise<void>): Promise<void> {
    for (;;) {
      try {
        return await write();
      } catch (error) {
        if (!isFull(error) || !(await this.spend())) throw error;
      }
    }
  }

  /** Makes it whole again as far as there is room. */
  async refill(): Promise<void> {
    const file = await open(this.path, 'a', 0o600);
    try {
      const missing = RESERVE_BYTES - (await file.stat()).size;
      if (missing > 0) await file.write(randomBytes(missing));
    } catch (error) {
      if (!isFull(error)) throw error;
    } finally {
      await file.close();
    }
  }

  private async spend(): Promise<boolean> {
    const file = await open(this.path, 'r+');
    try {
      const { size } = await file.stat();
      if (size === 0) return false;
      await file.truncate(Math.max(0, size - PORTION_BYTES));
      await file.sync();
      return true;
    } finally {
      await file.close();
    }
  }
}

function isFull(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOSPC' || code === 'EDQUOT';
}
