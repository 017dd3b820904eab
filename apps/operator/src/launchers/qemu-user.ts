/**
 * Which user QEMU runs as. A root operator gives QEMU away to a user without rights, in the group kvm where there is
 * one; an operator that is nobody special itself has nothing to give away.
 */
import { readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ConfigError } from '#libs/config';

export interface QemuUser {
  name: string;
  uid: number;
  gid: number;
}

export interface UserSurroundings {
  /** Of the operator. */
  euid: number;
  /** As /proc/self/status. */
  status: string;
  /** As /etc/passwd and /etc/group. */
  passwd: string;
  group: string;
}

/** `user`, or why QEMU runs as the operator's own; `expected` when that is no reason to worry. */
export type UserChoice = { user: QemuUser } | { user: undefined; reason: string; expected: boolean };

const DEFAULT_NAME = 'vman-qemu';
/** CHOWN, DAC_OVERRIDE, FOWNER, KILL, SETGID, SETUID of capabilities(7). */
const NEEDED_CAPABILITIES = [0, 1, 3, 5, 6, 7];

/**
 * `folders`: what QEMU must be able to reach. Throws ConfigError when the setting names a user that cannot be; the
 * default user that cannot be is a reason.
 */
export async function findQemuUser(
  setting: string | undefined,
  folders: readonly string[],
  surroundings?: UserSurroundings,
): Promise<UserChoice> {
  const around = surroundings ?? (await lookAround());
  const choice = await choose(setting ?? DEFAULT_NAME, folders, around);
  if (choice.user || setting === undefined) return choice;
  const uid = uidOf(around.passwd, setting)?.uid;
  // It is told to stay what it is.
  if (uid === around.euid) return { ...choice, expected: true };
  throw new ConfigError('operator', [
    {
      key: 'VMAN_QEMU_USER',
      problem: `QEMU cannot run as ${setting}: ${choice.reason}`,
      instead: 'name a user that it can run as, or leave it out',
    },
  ]);
}

async function choose(
  name: string,
  folders: readonly string[],
  around: UserSurroundings,
): Promise<UserChoice> {
  const none = (reason: string, expected = false): UserChoice => ({ user: undefined, reason, expected });
  if (around.euid !== 0) return none('the operator is not root', true);
  const entry = uidOf(around.passwd, name);
  if (!entry) return none(`there is no user ${name}`);
  if (entry.uid === 0) return none(`${name} is root`);
  if (!mayGiveAway(around.status)) return none('the operator has not the capabilities of root');
  const gid = gidOf(around.group, 'kvm') ?? entry.gid;
  const user = { name, uid: entry.uid, gid };
  const closed = await closedTo(user, folders);
  return closed === undefined ? { user } : none(`it cannot reach ${closed}`);
}

async function lookAround(): Promise<UserSurroundings> {
  const [status, passwd, group] = await Promise.all(
    ['/proc/self/status', '/etc/passwd', '/etc/group'].map((path) => readFile(path, 'utf8')),
  );
  return { euid: process.geteuid?.() ?? -1, status: status ?? '', passwd: passwd ?? '', group: group ?? '' };
}

function uidOf(passwd: string, name: string): { uid: number; gid: number } | undefined {
  const fields = rowOf(passwd, name);
  return fields && { uid: Number(fields[2]), gid: Number(fields[3]) };
}

function gidOf(group: string, name: string): number | undefined {
  const fields = rowOf(group, name);
  return fields && Number(fields[2]);
}

function rowOf(table: string, name: string): string[] | undefined {
  return table
    .split('\n')
    .map((line) => line.split(':'))
    .find(([first]) => first === name);
}

function mayGiveAway(status: string): boolean {
  const effective = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'}`);
  return NEEDED_CAPABILITIES.every((bit) => (effective >> BigInt(bit)) & 1n);
}

/** The first folder above these that the user cannot pass through; what is below them is ours to open. */
async function closedTo(user: QemuUser, folders: readonly string[]): Promise<string | undefined> {
  for (const folder of folders) {
    for (let above = dirname(folder); ; above = dirname(above)) {
      if (!passes(user, await stat(above))) return above;
      if (above === dirname(above)) break;
    }
  }
  return undefined;
}

/** Whether a user in one group may pass through a folder. */
export function passes({ uid, gid }: QemuUser, folder: { uid: number; gid: number; mode: number }): boolean {
  if (folder.uid === uid) return (folder.mode & 0o100) !== 0;
  if (folder.gid === gid) return (folder.mode & 0o010) !== 0;
  return (folder.mode & 0o001) !== 0;
}
