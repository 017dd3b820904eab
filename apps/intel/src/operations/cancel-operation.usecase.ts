import { Injectable } from '@nestjs/common';
import { POWER_CUT } from '#libs/domain';
import { VmanError } from '#libs/errors';
import type { OperationEntity, Tx, VmEntity } from '../db-operator/index.js';
import type { Caller } from '../http/index.js';
import { changeDesired, type DesiredChange, takeBackParts } from '../vms/index.js';
import { visibleOperation } from './find-operation.js';
import { audit } from './open-operation.js';
import { isOwnImport, mayCancel } from './operation-view.js';
import { sendAction } from './send-action.js';

/**
 * Takes a change of power, or of devices that the guest was asked to let go of, back by asking for what was before: a
 * new generation, which makes the host drop the waits
 * of the old one. Nothing is started by it.
 */
/** A host that is away may find the command and its end when it is back. */
const CANCEL_DEADLINE_MS = 24 * 3_600_000;

@Injectable()
export class CancelOperation {
  async execute(tx: Tx, caller: Caller, id: string): Promise<OperationEntity> {
    const found = await visibleOperation(caller, id, (it) => tx.operations.get(it));
    // The VM first, then its operation: the order in which every change locks them.
    const seen = found.vmId ? await tx.vms.lock(found.vmId) : undefined;
    const operation = (await tx.operations.lock(id)) ?? found;
    if (operation.finishedAt) return operation;
    if (operation.command === 'createBackup' && operation.hostId) {
      await cancelOnHost(tx, caller, operation, operation.hostId);
      return operation;
    }
    if (isOwnImport(operation) && operation.templateId) {
      return cancelImport(tx, caller, operation, operation.templateId);
    }
    const taken =
      seen && mayCancel(operation) && seen.vm.generation === operation.generation
        ? await takeBack(tx, seen.vm, operation)
        : undefined;
    if (!seen || !taken) {
      throw new VmanError('invalid_state', 'The host is at it already; this can no longer be cancelled.', {
        hint: 'Ask for the opposite instead, such as stop after start.',
      });
    }
    const successorId = await changeDesired(tx, caller, seen.vm, {
      kind: 'vm.cancel',
      reason: `takes back ${operation.kind} ${operation.id}`,
      ...taken,
    });
    const message = 'It was cancelled before it was reached.';
    await tx.operations.finish(id, { status: 'cancelled', code: 'superseded', message, successorId });
    return (await tx.operations.get(id)) ?? operation;
  }
}

/** Its host ends the command, undoes what it has done, and says so: then the operation ends. */
async function cancelOnHost(
  tx: Tx,
  caller: Caller,
  operation: OperationEntity,
  hostId: string,
): Promise<void> {
  const { id, project, vmId, resourceName: name } = operation;
  await sendAction(
    tx,
    caller,
    { kind: 'operation', id, name, project, hostId, vmId },
    {
      kind: 'backup.cancel',
      action: { $case: 'cancelCommand', value: { cancelledOperationId: id } },
      deadlineInMs: CANCEL_DEADLINE_MS,
    },
  );
}

/** Whoever receives the image finds that its operation has ended, and drops what arrived. */
async function cancelImport(
  tx: Tx,
  caller: Caller,
  operation: OperationEntity,
  templateId: string,
): Promise<OperationEntity> {
  const { id, project, resourceName: name } = operation;
  const message = 'It was cancelled.';
  const change = { state: 'failed', errorCode: 'cancelled', errorMessage: message } as const;
  if (!(await tx.templates.giveUpImport(templateId, change))) {
    throw new VmanError('invalid_state', 'The image has arrived and is about to be ready.', {
      hint: 'Delete the template once it is.',
    });
  }
  await tx.operations.finish(id, { status: 'cancelled', code: 'cancelled', message, successorId: null });
  await audit(tx, caller, 'template.cancel', { kind: 'template', id: templateId, name, project }, id);
  return (await tx.operations.get(id)) ?? operation;
}

/** What has to be asked for to have what was before; undefined when that is not known. */
async function takeBack(
  tx: Tx,
  vm: VmEntity,
  { previousPower }: OperationEntity,
): Promise<Pick<DesiredChange, 'power' | 'stop' | 'spec'> | undefined> {
  if (previousPower) return { power: previousPower, stop: POWER_CUT };
  const spec = await takeBackParts(tx, vm);
  return spec && { spec };
}
