import type { Tx, VmEntity } from '../db-operator/index.js';
import type { Actor } from '../http/index.js';

/** An event about a change of a VM that the caller's transaction makes. */
export async function tellOfVm(tx: Tx, actor: Actor, vm: VmEntity, type: string): Promise<void> {
  await tx.facts.tell({
    type,
    project: vm.project,
    resourceKind: 'vm',
    resourceId: vm.id,
    resourceName: vm.name,
    generation: vm.generation + 1,
    cause: actor.origin,
    requestId: actor.requestId,
  });
}
