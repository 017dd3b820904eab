import type { Operation, VmanClient } from '#libs/client';
import { ApiError } from '#libs/client';
import type { WaitFlags } from '../progress/follow-change.js';
import { followOperation } from '../progress/follow-operation.js';
import type { Session } from '../session.js';

export interface Settled<T extends { state: string }> {
  /** For people, and for `-o name`. */
  name: string;
  /** Absent when nothing had to be done on a host. */
  operation: Operation | undefined;
  /** What the API answered. */
  change: unknown;
  /** How it is afterwards. */
  read: () => Promise<T>;
}

/** Waits for a change when that is wanted, and prints how it came out. */
export async function settleChange<T extends { state: string }>(
  session: Session,
  client: VmanClient,
  { name, operation, change, read }: Settled<T>,
  flags: WaitFlags,
): Promise<void> {
  if (operation && !flags.wait) {
    const accepted = `${name}: ${operation.kind} accepted, operation ${operation.id}`;
    return session.printOutcome(accepted, name, change);
  }
  const { timeout: timeoutMs } = flags;
  const ended = operation && (await followOperation(session.terminal, client, operation, { timeoutMs }));
  const now = await read().catch(gone);
  await session.printOutcome(`${name}: ${now?.state ?? 'deleted'}`, name, {
    resource: now,
    operation: ended,
  });
}

function gone(error: unknown): undefined {
  if (error instanceof ApiError && error.status === 404) return undefined;
  throw error;
}
