import type { Tx, VmEntity } from '../db-operator/index.js';
import type { Caller } from '../http/index.js';
import { openVmOperation } from '../operations/index.js';

/** A one-shot action that was not begun by then is refused: nobody expects a reset an hour later. */
const COMMAND_DEADLINE_MS = 60_000;

/** Opens the operation of a one-shot action and puts its command into the outbox. */
export async function sendCommand(tx: Tx, caller: Caller, vm: VmEntity, command: 'reset'): Promise<string> {
  const id = await openVmOperation(tx, caller, vm, {
    kind: `vm.${command}`,
    command,
    goal: 'running',
    deadlineInMs: COMMAND_DEADLINE_MS,
  });
  await tx.outbox.command(vm.hostId, vm.id, id);
  return id;
}
