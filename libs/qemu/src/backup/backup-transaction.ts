import { type BlockNode, diskNodeName } from '../argv/index.js';
import type { TransactionAction } from '../qmp/index.js';
import { copyName } from './backup-names.js';

export interface CopiedDisk {
  diskId: string;
  /** Remembers from this moment on what is written; a disk that nobody writes to needs none. */
  bitmap?: string;
  /** Copy only what was written since this bitmap was made; absent: everything. */
  since?: string;
}

/** Where a disk is copied to. What the header of the file names below it is never opened. */
export function copyTarget(diskId: string, path: string): BlockNode {
  const name = copyName(diskId);
  return {
    driver: 'qcow2',
    'node-name': name,
    file: { driver: 'file', 'node-name': `${name}-f`, filename: path },
    backing: null,
  };
}

/**
 * Everything that has to happen at one moment: the bitmaps of the next backup begin where the copies of this one
 * stand. The bitmap that an incremental copy reads stays as it is, so that a copy that fails can be made again.
 */
export function backupTransaction(disks: readonly CopiedDisk[], bytesPerSecond: number): TransactionAction[] {
  const share = disks.length === 0 ? 0 : Math.floor(bytesPerSecond / disks.length);
  return disks.flatMap(({ diskId, bitmap, since }): TransactionAction[] => {
    const node = diskNodeName(diskId);
    const name = copyName(diskId);
    const sync = since === undefined ? 'full' : 'bitmap';
    return [
      ...(bitmap === undefined
        ? []
        : [{ type: 'block-dirty-bitmap-add' as const, data: { node, name: bitmap, persistent: true } }]),
      {
        type: 'blockdev-backup',
        data: {
          'job-id': name,
          device: node,
          target: name,
          sync,
          ...(since === undefined ? {} : { bitmap: since, 'bitmap-mode': 'never' }),
          speed: share,
          'auto-dismiss': false,
        },
      },
    ];
  });
}
