import type { Command } from '#libs/contracts';
import type { OperationKind } from '#libs/contracts/http';
import type { Tx } from '../db-operator/index.js';
import type { Actor } from '../http/index.js';
import { type OperationResource, openOperation } from './open-operation.js';

export interface WantedAction {
  kind: OperationKind;
  action: Command['action'];
  /** Not begun or not answered by then, it has failed. */
  deadlineInMs: number;
  id?: string;
  reason?: string;
}

/** Opens the operation of a one-shot action on a host and puts its command into the outbox; gives its id. */
export async function sendAction(
  tx: Tx,
  actor: Actor,
  resource: OperationResource & { hostId: string },
  { kind, action, deadlineInMs, id, reason }: WantedAction,
): Promise<string> {
  const operationId = await openOperation(tx, actor, resource, {
    id,
    kind,
    reason,
    command: action.$case,
    commandBody: action,
    deadlineInMs,
  });
  await tx.outbox.command(resource.hostId, resource.vmId ?? null, operationId);
  return operationId;
}
