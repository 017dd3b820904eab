import { randomUUID } from 'node:crypto';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { HealthCheck } from './health-check.js';

/** Writes, syncs and removes a small file in the folder. */
export function storageCheck(name: string, path: string): HealthCheck {
  return {
    name,
    critical: true,
    async run() {
      const probe = join(path, `.health-${randomUUID()}`);
      let file: FileHandle | undefined;
      try {
        file = await open(probe, 'wx', 0o600);
        await file.writeFile('ok');
        await file.sync();
        return { ok: true, message: 'writable' };
      } catch (error) {
        return { ok: false, message: `not writable: ${(error as NodeJS.ErrnoException).code}` };
      } finally {
        await file?.close();
        await rm(probe, { force: true });
      }
    },
  };
}
