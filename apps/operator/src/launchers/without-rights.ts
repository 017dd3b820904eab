/**
 * An operator that is not root may have rights of its own (ambient capabilities, to make networks), and its children
 * inherit them. QEMU gets none: `setpriv` takes them away and becomes QEMU, so that the pid stays.
 */
import { readFile } from 'node:fs/promises';

/** Rights like these are there from the start of a process on. */
export const hasAmbientRights = async (): Promise<boolean> => {
  ambient ??= isAmbient(await readFile('/proc/self/status', 'utf8'));
  return ambient;
};
let ambient: boolean | undefined;

/** `status` as /proc/self/status. */
export const isAmbient = (status: string): boolean => /^CapAmb:\s*0*[1-9a-f][0-9a-f]*$/m.test(status);

export function withoutRights(binary: string, args: readonly string[]): { binary: string; args: string[] } {
  return { binary: 'setpriv', args: ['--ambient-caps=-all', '--', binary, ...args] };
}
