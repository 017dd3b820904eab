/**
 * How `qemu-img` is kept from everything but its files: in a network namespace of its own, so that no image can make
 * it connect to anything, and as a user without rights. Both need root; an operator that is not root, or may not
 * make namespaces, runs it as itself within the limits of prlimit alone.
 */
import { execa } from 'execa';

export interface Confinement {
  /** Who it runs as; it must be able to reach the files. Absent: who we are. */
  user?: { uid: number; gid: number };
}

let networkPrefix: Promise<readonly string[]> | undefined;

/** The words before the program. */
export async function confinementPrefix({ user }: Confinement): Promise<readonly string[]> {
  networkPrefix ??= withoutNetwork();
  if (!user) return networkPrefix;
  const ids = [`--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups'];
  return [...(await networkPrefix), 'setpriv', ...ids, '--no-new-privs', '--inh-caps=-all', '--'];
}

async function withoutNetwork(): Promise<readonly string[]> {
  if (process.geteuid?.() !== 0) return [];
  const prefix = ['unshare', '--net', '--'];
  const tried = await execa('unshare', ['--net', '--', 'true'], { reject: false, stdin: 'ignore' });
  return tried.exitCode === 0 ? prefix : [];
}
