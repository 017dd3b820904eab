import type { EventView } from '#libs/contracts/http';
import type { Fact } from '../db-operator/index.js';

/** A fact as the API tells it. */
export function eventView(fact: Fact): EventView {
  return {
    id: fact.number,
    type: fact.type,
    time: fact.at.toISOString(),
    project: fact.project ?? undefined,
    resource: { kind: fact.resourceKind, id: fact.resourceId, name: fact.resourceName },
    generation: fact.generation ?? undefined,
    old: fact.old || undefined,
    new: fact.new || undefined,
    cause: fact.cause,
    operationId: fact.operationId ?? undefined,
    requestId: fact.requestId,
  };
}
