/**
 * What a one-shot command leaves in the database once it has ended: one settler an action, called in the transaction
 * that closes its operation, once. An action without one leaves nothing but its operation.
 */
import type { CommandKind, CommandResult, Failure } from '#libs/contracts';
import { settleCreateBackup, settleDeleteBackup, settleVerifyBackup } from '../backups/backup.settlers.js';
import type { OperationEnd, OperationEntity, Tx } from '../db-operator/index.js';
import { settleCreateDisk, settleGrowDisk, settleRemoveDisk } from '../disks/disk-settlers.js';
import { settleCreation, settleRemoval } from '../snapshots/snapshot.settlers.js';
import { settlePurge, settleReturn } from '../stray-disks/stray-disk.settlers.js';
import { settleExport } from '../templates/export-disk.settler.js';
import type { CommandSettler } from './command-settler.js';

const COMMAND_SETTLERS: { readonly [K in CommandKind]?: CommandSettler } = {
  createDisk: settleCreateDisk,
  growDisk: settleGrowDisk,
  removeDisk: settleRemoveDisk,
  returnDisk: settleReturn,
  purgeDisk: settlePurge,
  exportDisk: settleExport,
  createBackup: settleCreateBackup,
  deleteBackup: settleDeleteBackup,
  verifyBackup: settleVerifyBackup,
  createSnapshot: settleCreation,
  deleteSnapshot: settleRemoval,
};

const endedBy = ({ code, message }: Failure): OperationEnd =>
  code === 'cancelled'
    ? { status: 'cancelled', code, message, successorId: null }
    : { status: 'failed', code, message };

/** Ends the operation and settles what it was about; false when it had ended before. */
export async function endCommand(
  tx: Tx,
  operation: OperationEntity,
  end: { result?: CommandResult; failure?: Failure },
): Promise<boolean> {
  const { failure, result } = end;
  const ended = failure
    ? await tx.operations.finish(operation.id, endedBy(failure))
    : await tx.operations.finish(operation.id, { status: 'succeeded' });
  if (!ended || !operation.command) return ended;
  const settler = COMMAND_SETTLERS[operation.command];
  if (failure) await settler?.failed(tx, operation, failure);
  else await settler?.succeeded(tx, operation, result);
  return true;
}
