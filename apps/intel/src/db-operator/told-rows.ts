/** Rows that a transaction leaves to others and does not read itself. */
import type { Origin, StepRecord } from '#libs/contracts';
import type { AuthMethod, OperationKind, OperationStatus, ResourceKind } from '#libs/contracts/http';
import type { OutboxEntity } from './entities/index.js';

export interface NewFact {
  type: string;
  project: string | null;
  resourceKind: ResourceKind;
  resourceId: string;
  resourceName: string;
  generation?: number | null;
  old?: string;
  new?: string;
  cause: Origin;
  operationId?: string | null;
  requestId: string;
}

/** An operation that a transaction ended: told to nobody but this process, once it has committed. */
export interface EndedOperation {
  id: string;
  kind: OperationKind;
  status: OperationStatus;
  vmId: string | null;
  hostId: string | null;
  requestId: string;
  errorCode: string | null;
  /** Of the request that made it. */
  traceparent: string | null;
  queuedAtMs: number;
  startedAtMs: number;
  finishedAtMs: number;
  steps: readonly StepRecord[];
}

export interface AuditRow {
  actor: string;
  tokenId: string | null;
  auth: AuthMethod;
  address: string;
  /** null: of the whole fleet. */
  project: string | null;
  verb: string;
  resourceKind: ResourceKind | null;
  resourceId: string | null;
  operationId: string | null;
  requestId: string;
  /** Why it was not done. */
  refusedCode?: string;
}

/** One that lies in the outbox. */
export type UnsentRow = Pick<OutboxEntity, 'id' | 'kind' | 'hostId' | 'vmId' | 'operationId' | 'count'>;

/** One that is to be put there. */
export type OutboxRow = Pick<OutboxEntity, 'kind' | 'hostId'> &
  Partial<Pick<OutboxEntity, 'operationId' | 'count'>> & { vmId?: string | null };
