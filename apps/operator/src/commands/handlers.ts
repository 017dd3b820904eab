import type { Command, CommandKind } from '#libs/contracts';
import type { CommandHandler } from './command-handler.js';
import { notYet } from './not-yet.handler.js';
import { repair } from './repair.handler.js';
import { reset } from './reset.handler.js';

/** Who carries out which action. */
const HANDLERS: { readonly [K in CommandKind]: CommandHandler<K> } = {
  reset,
  repair,
  createDisk: notYet,
  growDisk: notYet,
  removeDisk: notYet,
  exportDisk: notYet,
  createSnapshot: notYet,
  deleteSnapshot: notYet,
  createBackup: notYet,
  deleteBackup: notYet,
  converge: notYet,
  stopCopy: notYet,
};

/** The handler of an action; the table above pairs each with its own shape. */
export function handlerOf({ $case }: Command['action']): CommandHandler<CommandKind> {
  return HANDLERS[$case] as CommandHandler<CommandKind>;
}
