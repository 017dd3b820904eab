import { v7 as uuidv7 } from 'uuid';
import type { ResourceKind } from '#libs/contracts/http';
import type { OperationEntity, Tx, VmEntity } from '../db-operator/index.js';
import type { Actor } from '../http/index.js';

export type OperationFields = Pick<OperationEntity, 'kind'> &
  Partial<
    Pick<
      OperationEntity,
      | 'id'
      | 'reason'
      | 'generation'
      | 'goal'
      | 'previousPower'
      | 'command'
      | 'commandBody'
      | 'exitSeq'
      | 'detectedAt'
      | 'phase'
    >
  > & { deadlineInMs?: number };

/** What an operation is about. */
export interface OperationResource {
  kind: ResourceKind;
  id: string;
  name: string;
  project: string | null;
  hostId: string | null;
  /** The VM that is concerned as well. */
  vmId?: string | null;
}

/** Writes the operation of a resource that is no VM, and its audit row; gives the operation's id. */
export async function openOperation(
  tx: Tx,
  actor: Actor,
  resource: OperationResource,
  fields: OperationFields,
): Promise<string> {
  const { deadlineInMs, ...columns } = fields;
  const id = fields.id ?? uuidv7();
  await tx.operations.insert({
    status: 'queued',
    project: resource.project,
    vmId: resource.vmId ?? null,
    resourceKind: resource.kind,
    resourceId: resource.id,
    resourceName: resource.name,
    hostId: resource.hostId,
    requestedBy: actor.name,
    origin: actor.origin,
    requestId: actor.requestId,
    ...columns,
    id,
  });
  if (deadlineInMs !== undefined) await tx.operations.setDeadline(id, deadlineInMs);
  await audit(tx, actor, fields.kind, resource, id);
  return id;
}

/** Writes the operation of a VM and, for a person's change, its audit row; gives the operation's id. */
export async function openVmOperation(
  tx: Tx,
  actor: Actor,
  vm: Pick<VmEntity, 'id' | 'name' | 'project' | 'hostId'>,
  fields: OperationFields,
): Promise<string> {
  const { deadlineInMs, ...columns } = fields;
  const id = fields.id ?? uuidv7();
  await tx.operations.insert({
    status: 'queued',
    project: vm.project,
    vmId: vm.id,
    resourceName: vm.name,
    hostId: vm.hostId,
    requestedBy: actor.name,
    origin: actor.origin,
    requestId: actor.requestId,
    ...columns,
    id,
  });
  if (deadlineInMs !== undefined) await tx.operations.setDeadline(id, deadlineInMs);
  await audit(tx, actor, fields.kind, { kind: 'vm', id: vm.id, project: vm.project }, id);
  return id;
}

/** One row for each change that somebody made; what VMAN does by itself is in the operations. */
export async function audit(
  tx: Tx,
  actor: Actor,
  verb: string,
  resource: { kind: ResourceKind; id: string; name?: string; project: string | null },
  operationId: string | null,
): Promise<void> {
  await tx.audit.append({
    actor: actor.name,
    tokenId: actor.tokenId,
    auth: actor.tokenId === null ? 'none' : 'token',
    address: actor.address,
    project: resource.project,
    verb,
    resourceKind: resource.kind,
    resourceId: resource.id,
    operationId,
    requestId: actor.requestId,
  });
  if (operationId !== null) return;
  await tx.facts.tell({
    type: verb,
    project: resource.project,
    resourceKind: resource.kind,
    resourceId: resource.id,
    resourceName: resource.name ?? '',
    cause: actor.origin,
    requestId: actor.requestId,
  });
}
