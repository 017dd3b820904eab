import type { OperationView } from '#libs/contracts/http';
import { ERROR_CODES, isErrorCode } from '#libs/errors';
import type { OperationEntity } from '../db-operator/index.js';

const iso = (time: Date | null) => time?.toISOString();

/** An operation as the API shows it. */
export function operationView(operation: OperationEntity): OperationView {
  return {
    id: operation.id,
    kind: operation.kind,
    status: operation.status,
    progress: progressOf(operation),
    phase: operation.phase,
    steps: operation.steps.map((step) => ({
      step: step.step,
      outcome: step.outcome,
      startedAt: new Date(step.startedAtMs).toISOString(),
      durationMs: step.durationUs / 1000,
    })),
    resources: resourcesOf(operation),
    requestedBy: operation.requestedBy,
    origin: operation.origin,
    reason: operation.reason,
    generation: operation.generation ?? undefined,
    attempt: operation.attempt,
    mayCancel: mayCancel(operation),
    detectedAt: iso(operation.detectedAt),
    deadlineAt: iso(operation.deadlineAt),
    queuedAt: operation.queuedAt.toISOString(),
    updatedAt: operation.progressedAt.toISOString(),
    startedAt: iso(operation.startedAt),
    finishedAt: iso(operation.finishedAt),
    error: errorOf(operation),
    requestId: operation.requestId,
  };
}

/** A change of power that the host has not taken up yet, one that may wait for the guest, and what takes long. */
export function mayCancel(operation: OperationEntity): boolean {
  if (operation.finishedAt) return false;
  if (operation.kind === 'vm.update' || operation.command === 'createBackup') return true;
  if (isOwnImport(operation)) return true;
  // It would be on again, and in the trash still.
  if (operation.kind === 'vm.trash' || !operation.previousPower) return false;
  return operation.status === 'queued' || operation.kind === 'vm.shutdown';
}

/** That of an image which no host uploads. */
export const isOwnImport = ({ kind, command }: Pick<OperationEntity, 'kind' | 'command'>): boolean =>
  kind === 'template.import' && !command;

/** How a code is told to people. */
export function errorView(
  code: string,
  message: string,
): { code: string; message: string; hint: string; retryable: string } {
  const known = isErrorCode(code) ? ERROR_CODES[code] : ERROR_CODES.internal;
  return { code, message, hint: known.hint, retryable: known.retryable };
}

function errorOf(operation: OperationEntity): OperationView['error'] {
  if (!operation.errorCode) return undefined;
  const successorId = operation.successorId ?? undefined;
  return { ...errorView(operation.errorCode, operation.errorMessage ?? ''), successorId };
}

function progressOf(operation: OperationEntity): number {
  switch (operation.status) {
    case 'queued':
      return 0;
    case 'running':
      return operation.progress ?? Math.min(90, 10 + 20 * operation.steps.length);
    case 'succeeded':
    case 'failed':
    case 'cancelled':
      return 100;
  }
}

function resourcesOf(operation: OperationEntity): OperationView['resources'] {
  const name = operation.resourceName;
  const { vmId, templateId, resourceKind, resourceId } = operation;
  if (resourceKind && resourceId) {
    const vm = vmId ? [{ kind: 'vm' as const, id: vmId, name: '' }] : [];
    return [{ kind: resourceKind, id: resourceId, name }, ...vm];
  }
  if (vmId) return [{ kind: 'vm', id: vmId, name }];
  if (templateId) return [{ kind: 'template', id: templateId, name }];
  return [];
}
