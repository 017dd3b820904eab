import type { VmanClient } from '#libs/client';
import type { WaitFlags } from '../progress/follow-change.js';
import { followOperation } from '../progress/follow-operation.js';
import type { Session } from '../session.js';

/** Has a host drained, shows how far it is, and fails with what stays and why. */
export async function followDrain(
  session: Session,
  client: VmanClient,
  name: string,
  flags: WaitFlags,
): Promise<void> {
  const { host, operation } = await client.hosts.drain(name);
  if (!flags.wait) {
    const text = `${host.name}: ${operation.kind} accepted, operation ${operation.id}`;
    await session.printOutcome(text, host.name, { host, operation });
    return;
  }
  const ended = await followOperation(session.terminal, client, operation, { timeoutMs: flags.timeout });
  const now = await client.hosts.get(host.id);
  await session.printOutcome(`${now.name}: ${now.state}, empty`, now.name, { host: now, operation: ended });
}
