import type { DriftView } from '#libs/contracts/http';
import type { DriftRow } from '../db-operator/index.js';

/** A drift as the API shows it. */
export function driftView(row: DriftRow): DriftView {
  return {
    id: row.id,
    kind: row.rule,
    state: row.state,
    vm: row.vmId ? { id: row.vmId, name: row.name } : undefined,
    host: { id: row.hostId, name: row.hostName },
    subject: row.subject,
    expected: row.expected,
    seen: row.seen,
    decision: row.decision,
    reason: row.reason,
    generation: row.generation,
    since: row.since.toISOString(),
    detectedAt: row.detectedAt.toISOString(),
    changedAt: row.changedAt.toISOString(),
    operationId: row.repairId ?? undefined,
    attempts: row.attempts,
    nextTryAt: row.nextTryAt?.toISOString(),
    repairedAt: row.state === 'repaired' ? row.closedAt?.toISOString() : undefined,
    closedAt: row.closedAt?.toISOString(),
    epoch: row.epoch,
  };
}
