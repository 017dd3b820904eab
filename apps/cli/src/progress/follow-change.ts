import type { Vm, VmanClient, VmChange } from '#libs/client';
import { ApiError } from '#libs/client';
import type { Session } from '../session.js';
import { followOperation, subjectOf } from './follow-operation.js';

export interface WaitFlags {
  wait: boolean;
  timeout?: number;
}

/** Waits for a change when that is wanted, and prints how it came out. */
export async function followChange(
  session: Session,
  client: VmanClient,
  change: VmChange,
  flags: WaitFlags,
): Promise<void> {
  const { operation } = change;
  const name = change.vm?.name ?? subjectOf(operation);
  if (!flags.wait) {
    await session.printOutcome(
      `${name}: ${operation.kind} accepted, operation ${operation.id}`,
      name,
      change,
    );
    return;
  }
  const ended = await followOperation(session.terminal, client, operation, { timeoutMs: flags.timeout });
  const vm = change.vm && (await vmNow(client, change.vm.id));
  await session.printOutcome(`${name}: ${stateText(vm)}`, name, { vm, operation: ended });
}

function stateText(vm: Vm | undefined): string {
  if (vm === undefined) return 'deleted';
  const { state, purgeAt } = vm.status;
  return purgeAt === undefined ? state : `in the trash until ${purgeAt}`;
}

/** Undefined once it is gone. */
async function vmNow(client: VmanClient, id: string): Promise<Vm | undefined> {
  try {
    return await client.vms.get(id);
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined;
    throw error;
  }
}
