/**
 * The one way a VM's desired state changes: generation + 1, the operation, the audit row and the outbox row, all in
 * the caller's transaction. The caller holds the lock of the VM's row; the generation it read is checked all the
 * same, and another one is a conflict.
 */
import { v7 as uuidv7 } from 'uuid';
import type { PowerState, StopMode } from '#libs/contracts';
import type { OperationKind } from '#libs/contracts/http';
import { type OperationGoal, type Tx, together, type VmChange, type VmEntity } from '../db-operator/index.js';
import type { Actor } from '../http/index.js';
import { openVmOperation } from '../operations/index.js';
import { supersede } from './supersede.js';

export interface DesiredChange {
  kind: OperationKind;
  reason?: string;
  power?: PowerState;
  stop?: StopMode;
  /** Starts the guest anew. */
  raiseStart?: boolean;
  /** Takes a start back that did not happen: the guest of this one still runs. */
  startGeneration?: number;
  presence?: 'deleted';
  /** Other columns of the spec. */
  spec?: Partial<VmEntity>;
  /** The new generations are above these; for a host that is ahead of the database. */
  above?: { generation: number; startGeneration: number };
}

/** Gives the id of the operation. */
export async function changeDesired(
  tx: Tx,
  actor: Actor,
  vm: VmEntity,
  wanted: DesiredChange,
): Promise<string> {
  const operationId = uuidv7();
  const generation = Math.max(vm.generation, wanted.above?.generation ?? 0) + 1;
  const change: VmChange = {
    ...wanted.spec,
    generation,
    startGeneration: startGenerationOf(vm, wanted, generation),
    causeOperationId: operationId,
    causeRequestId: actor.requestId,
    causeOrigin: actor.origin,
    ...(wanted.power ? { desiredPower: wanted.power } : {}),
    ...(wanted.stop ? stopColumns(wanted.stop) : {}),
    ...(wanted.presence ? { presence: wanted.presence } : {}),
  };
  const goal: OperationGoal | null = wanted.presence ?? wanted.power ?? null;
  await together(
    tx.vms.change(vm.id, vm.generation, change),
    goal ? supersede(tx, vm.id, goal, operationId) : undefined,
    openVmOperation(tx, actor, vm, {
      id: operationId,
      kind: wanted.kind,
      reason: wanted.reason ?? '',
      generation,
      goal,
      previousPower: wanted.power && wanted.power !== vm.desiredPower ? vm.desiredPower : null,
    }),
  );
  await tx.outbox.desired(vm.hostId, vm.id);
  await tx.announce('vm', vm.id);
  return operationId;
}

function startGenerationOf(vm: VmEntity, wanted: DesiredChange, generation: number): number {
  if (wanted.raiseStart) return generation;
  const kept = wanted.startGeneration ?? vm.startGeneration;
  return Math.min(generation, Math.max(kept, wanted.above?.startGeneration ?? 0));
}

export function stopColumns(
  stop: StopMode,
): Pick<VmEntity, 'stopAskGuest' | 'stopTimeoutMs' | 'stopThenForce'> {
  return { stopAskGuest: stop.askGuest, stopTimeoutMs: stop.timeoutMs, stopThenForce: stop.thenForce };
}
