import type { AuditView } from '#libs/contracts/http';
import type { ListedAudit } from '../db-operator/index.js';

export function auditView(row: ListedAudit): AuditView {
  const { resourceKind, resourceId } = row;
  return {
    id: Number(row.id),
    time: row.at.toISOString(),
    actor: row.actor,
    authenticatedBy: row.auth,
    tokenId: row.tokenId ?? undefined,
    address: row.address,
    project: row.project ?? undefined,
    verb: row.verb,
    resource: resourceKind === null ? undefined : { kind: resourceKind, id: resourceId ?? undefined },
    operationId: row.operationId ?? undefined,
    outcome: row.outcome,
    code: row.code ?? undefined,
    requestId: row.requestId,
  };
}
