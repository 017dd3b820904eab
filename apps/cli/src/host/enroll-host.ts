import { writeFile } from 'node:fs/promises';
import type { Session } from '../session.js';
import { timeAfter } from '../values/time-after.js';

export interface EnrollFlags {
  expiresIn?: number;
  out?: string;
}

/** Prints what the operator of the new host needs; the credentials alone go to the file, when there is one. */
export async function enrollHost(
  session: Session,
  name: string,
  { expiresIn, out }: EnrollFlags,
): Promise<void> {
  const client = await session.client();
  const expiresAt = timeAfter(session.terminal.nowMs(), expiresIn);
  const made = await client.hosts.enroll({ name, expiresAt });
  if (out === undefined) {
    await session.printOutcome(made.credentials, made.hostId, made);
    return;
  }
  await writeFile(out, made.credentials, { mode: 0o600, flag: 'wx' });
  const lines = [
    `VMAN_HOST_NAME=${name}`,
    `VMAN_HOST_ID=${made.hostId}`,
    `VMAN_NATS_CREDENTIALS_FILE=${out}`,
  ];
  await session.printOutcome(lines.join('\n'), made.hostId, {
    hostId: made.hostId,
    publicKey: made.publicKey,
    credentialsFile: out,
  });
}
