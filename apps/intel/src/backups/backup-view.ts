import type { BackupView } from '#libs/contracts/http';
import type { BackupEntity } from '../db-operator/index.js';

const iso = (time: Date | null) => time?.toISOString();

/** A backup as the API shows it. */
export function backupView(backup: BackupEntity): BackupView {
  return {
    id: backup.id,
    project: backup.project,
    vm: { id: backup.vmId, name: backup.vmName },
    poolId: backup.poolId,
    state: backup.state,
    kind: backup.kind,
    requestedKind: backup.requestedKind,
    fallbackReason: backup.fallbackReason,
    parentId: backup.parentId ?? undefined,
    consistency: backup.consistency ?? undefined,
    disks: backup.disks.map(({ id, sizeBytes, fileBytes, sha256 }) => ({ id, sizeBytes, fileBytes, sha256 })),
    fileBytes: backup.fileBytes,
    createdAt: backup.createdAt.toISOString(),
    updatedAt: backup.updatedAt.toISOString(),
    takenAt: iso(backup.takenAt),
    verifiedAt: iso(backup.verifiedAt),
    error: backup.failureCode ? { code: backup.failureCode, message: backup.failureMessage } : undefined,
  };
}
