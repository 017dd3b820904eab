import type { RepairView } from '#libs/contracts/http';
import type { RepairRow } from '../db-operator/index.js';
import { errorView } from '../operations/index.js';

/** A repair as the API shows it. */
export function repairView(row: RepairRow): RepairView {
  return {
    id: row.id,
    kind: row.rule,
    action: row.action,
    state: row.status,
    origin: row.origin,
    vm: { id: row.vmId, name: row.name },
    host: { id: row.hostId, name: row.hostName },
    expected: row.expected,
    seen: row.seen,
    reason: row.reason,
    generation: row.generation,
    exitSequence: row.exitSeq || undefined,
    attempt: row.attempt,
    epoch: row.epoch,
    detectedAt: row.detectedAt.toISOString(),
    decidedAt: row.decidedAt.toISOString(),
    finishedAt: row.finishedAt?.toISOString(),
    error: row.errorCode ? errorView(row.errorCode, row.errorMessage ?? '') : undefined,
  };
}
