import type { BackupResult, Failure } from '#libs/contracts';
import type { BackupConsistency, BackupState } from '#libs/contracts/http';
import type { BackupDisk, OperationEntity, Tx } from '../db-operator/index.js';
import type { CommandSettler } from '../operations/command-settler.js';

const idOf = ({ resourceId }: OperationEntity): string => resourceId ?? '';

/** Those who follow the feed of events need not ask how an operation ended. */
function tell(tx: Tx, operation: OperationEntity, state: BackupState | 'deleted'): Promise<void> {
  const { project, resourceName, origin: cause, id: operationId, requestId } = operation;
  const about = { resourceKind: 'backup' as const, resourceId: idOf(operation), resourceName };
  return tx.facts.tell({ type: `backup.${state}`, project, ...about, cause, operationId, requestId });
}

async function fail(
  tx: Tx,
  operation: OperationEntity,
  state: 'failed' | 'damaged',
  { code, message }: Failure,
): Promise<void> {
  await tx.backups.change(idOf(operation), { state, failureCode: code, failureMessage: message });
  await tell(tx, operation, state);
}

/** A backup came to be, or did not. */
export const settleCreateBackup: CommandSettler = {
  async succeeded(tx, operation, result) {
    const backup = await tx.backups.lock(idOf(operation));
    if (!backup || result?.of?.$case !== 'backup') return;
    const made = result.of.value;
    await tx.backups.change(backup.id, {
      state: 'ready',
      kind: made.kind === 'incremental' ? 'incremental' : 'full',
      parentId: made.kind === 'incremental' ? backup.parentId : null,
      fallbackReason: fallbackOf(backup, made),
      consistency: made.consistency as BackupConsistency,
      takenAt: new Date(made.atMs),
      fileBytes: made.files.reduce((sum, it) => sum + it.fileBytes, 0),
      disks: backup.disks.map((disk) => withFile(disk, made)),
    });
    await tell(tx, operation, 'ready');
  },
  failed: (tx, operation, failure) => fail(tx, operation, 'failed', failure),
};

function fallbackOf(backup: { requestedKind: string; parentId: string | null }, made: BackupResult): string {
  if (backup.requestedKind === 'full' || made.kind === 'incremental') return '';
  return made.fallbackReason || 'there was no backup of the VM in this pool';
}

function withFile(disk: BackupDisk, { files }: BackupResult): BackupDisk {
  const file = files.find((it) => it.diskId === disk.id);
  return file ? { ...disk, sizeBytes: file.sizeBytes, fileBytes: file.fileBytes, sha256: file.sha256 } : disk;
}

export const settleDeleteBackup: CommandSettler = {
  async succeeded(tx, operation) {
    await tx.backups.remove(idOf(operation));
    await tell(tx, operation, 'deleted');
  },
  /** Nobody knows what is left of it, so it is not used again; it can be deleted once more. */
  async failed(tx, operation, { code, message }) {
    await tx.backups.change(idOf(operation), {
      state: 'damaged',
      failureCode: code,
      failureMessage: message,
    });
  },
};

export const settleVerifyBackup: CommandSettler = {
  async succeeded(tx, operation) {
    await tx.backups.markVerified(idOf(operation));
  },
  async failed(tx: Tx, operation, { code, message }) {
    if (code !== 'backup_damaged') return;
    await tx.backups.change(idOf(operation), {
      state: 'damaged',
      failureCode: code,
      failureMessage: message,
    });
  },
};
