export { backupBitmaps, closeCopies, type OwnBitmap, removeBitmap } from './backup-leftovers.js';
export { bitmapName, copyName, parseBitmapName } from './backup-names.js';
export { backupTransaction, type CopiedDisk, copyTarget } from './backup-transaction.js';
export { blockMachineArguments } from './block-machine.js';
