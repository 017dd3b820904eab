import { statfs } from 'node:fs/promises';
import type { HealthCheck } from './health-check.js';

const GIB = 1024 ** 3;

export interface DiskSpaceOptions {
  name: string;
  /** Any path on the file system. */
  path: string;
  minFreeBytes: number;
  critical: boolean;
}

/** Good while at least so many bytes are free to this user. */
export function diskSpaceCheck(options: DiskSpaceOptions): HealthCheck {
  return {
    name: options.name,
    critical: options.critical,
    async run() {
      const { bavail, bsize } = await statfs(options.path);
      const free = bavail * bsize;
      const message = `${(free / GIB).toFixed(1)} GiB free, at least ${(options.minFreeBytes / GIB).toFixed(1)} wanted`;
      return { ok: free >= options.minFreeBytes, message };
    },
  };
}
