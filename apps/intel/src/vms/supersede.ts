import type { OperationEntity, OperationGoal, Tx } from '../db-operator/index.js';

/** The open operations whose goal a new goal contradicts; deletion contradicts all but commands, which their host answers. Pure. */
export function supersededBy(open: OperationEntity[], goal: OperationGoal): OperationEntity[] {
  return open.filter((it) =>
    goal === 'deleted' ? it.goal !== 'deleted' && !it.commandBody : it.goal !== null && it.goal !== goal,
  );
}

/** Ends what will not be reached any more. */
export async function supersede(
  tx: Tx,
  vmId: string,
  goal: OperationGoal,
  successorId: string,
): Promise<void> {
  const open = await tx.operations.openOfVm(vmId);
  for (const operation of supersededBy(open, goal)) {
    if (operation.id === successorId) continue;
    await tx.operations.finish(operation.id, {
      status: 'cancelled',
      code: 'superseded',
      message: `Operation ${successorId} asked for something else before this was reached.`,
      successorId,
    });
  }
}
