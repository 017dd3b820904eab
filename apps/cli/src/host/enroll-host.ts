import { type FileHandle, open, rm } from 'node:fs/promises';
import { UsageError } from '../errors.js';
import type { Session } from '../session.js';
import { timeAfter } from '../values/time-after.js';

export interface EnrollFlags {
  expiresIn?: number;
  out?: string;
  renew?: boolean;
}

/** Prints what the operator of the new host needs; the credentials alone go to the file, when there is one. */
export async function enrollHost(
  session: Session,
  name: string,
  { expiresIn, out, renew }: EnrollFlags,
): Promise<void> {
  const client = await session.client();
  const expiresAt = timeAfter(session.terminal.nowMs(), expiresIn);
  if (out === undefined) {
    const made = await client.hosts.enroll({ name, expiresAt, renew });
    await session.printOutcome(made.credentials, made.hostId, made);
    return;
  }
  // First the file: credentials that cannot be written anywhere are lost.
  const file = await newFile(out);
  const made = await client.hosts
    .enroll({ name, expiresAt, renew })
    .then(async (made) => {
      await file.writeFile(made.credentials);
      return made;
    })
    .catch(async (error) => {
      await rm(out, { force: true });
      throw error;
    })
    .finally(() => file.close());
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

async function newFile(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'wx', 0o600);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UsageError(`${path} cannot be made: ${code}.`, 'Name a file that is not there yet.');
  }
}
