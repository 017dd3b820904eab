import type { RepairPauseView } from '#libs/contracts/http';
import type { RepairPauseRow } from '../db-operator/index.js';

export function pauseView(row: RepairPauseRow): RepairPauseView {
  return {
    id: row.id,
    scope: { kind: row.scope, id: row.scopeId ?? undefined, name: row.scopeName || undefined },
    reason: row.reason,
    requestedBy: row.requestedBy,
    createdAt: row.createdAt.toISOString(),
    until: row.until.toISOString(),
  };
}
