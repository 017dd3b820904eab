/** Names of what a backup adds to a machine. They tell it from everything else, so that leftovers can be found. */
import { shortId } from '../argv/index.js';

const COPY = /^bk[0-9a-f]{12}(-f)?$/;
const BITMAP = /^vman-([0-9a-f-]{36})-([0-9a-f-]{36})$/;

/** The job that copies a disk, and the node that it copies to. */
export const copyName = (diskId: string): string => `bk${shortId(diskId)}`;
export const isCopyName = (name: string): boolean => COPY.test(name);

/** The bitmap of what was written since a backup; each pool has a chain of its own. */
export const bitmapName = (poolId: string, backupId: string): string => `vman-${poolId}-${backupId}`;

/** Undefined for a bitmap that is not ours. */
export function parseBitmapName(name: string): { poolId: string; backupId: string } | undefined {
  const match = BITMAP.exec(name);
  return match?.[1] && match[2] ? { poolId: match[1], backupId: match[2] } : undefined;
}
