/**
 * Who this host is beside its id: the machine, and the storage folder as it was made. A copy of the folder lies in
 * another inode, a machine that was installed anew has another folder.
 */
import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import type { HostIdentity } from '#libs/contracts';
import { bootId } from '#libs/qemu';

const MACHINE_ID = '/etc/machine-id';

export async function readIdentity(storage: string, incarnation: string): Promise<HostIdentity> {
  const { ino } = await stat(storage, { bigint: true });
  const machine = (await readFile(MACHINE_ID, 'utf8').catch(() => '')).trim();
  return {
    machineId: machine && digest('vman machine', machine),
    incarnation: digest(incarnation, `${ino}`),
    bootId: await bootId(),
  };
}

/** What the system knows of itself is nobody else's: only its digest travels. */
function digest(...words: string[]): string {
  return createHash('sha256').update(words.join('\0')).digest('hex').slice(0, 32);
}
