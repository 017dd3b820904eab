import type { Command, CommandKind } from '#libs/contracts';
import { createDisk } from '../disks/create-disk.handler.js';
import { growDisk } from '../disks/grow-disk.handler.js';
import { purgeDisk } from '../disks/purge-disk.handler.js';
import { quarantineDisk } from '../disks/quarantine-disk.handler.js';
import { removeDisk } from '../disks/remove-disk.handler.js';
import { returnDisk } from '../disks/return-disk.handler.js';
import { exportDisk } from '../export/export-disk.handler.js';
import { createSnapshot } from '../snapshots/create-snapshot.handler.js';
import { deleteSnapshot } from '../snapshots/delete-snapshot.handler.js';
import { cancelCommand } from './cancel-command.handler.js';
import type { CommandHandler } from './command-handler.js';
import { converge } from './converge.handler.js';
import { createBackup } from './create-backup.handler.js';
import { deleteBackup } from './delete-backup.handler.js';
import { repair } from './repair.handler.js';
import { reset } from './reset.handler.js';
import { stopCopy } from './stop-copy.handler.js';
import { verifyBackup } from './verify-backup.handler.js';

/** Who carries out which action. */
const HANDLERS: { readonly [K in CommandKind]: CommandHandler<K> } = {
  reset,
  repair,
  createDisk,
  growDisk,
  removeDisk,
  quarantineDisk,
  returnDisk,
  purgeDisk,
  exportDisk,
  createSnapshot,
  deleteSnapshot,
  createBackup,
  deleteBackup,
  verifyBackup,
  cancelCommand,
  converge,
  stopCopy,
};

/** The handler of an action; the table above pairs each with its own shape. */
export function handlerOf({ $case }: Command['action']): CommandHandler<CommandKind> {
  return HANDLERS[$case] as CommandHandler<CommandKind>;
}
