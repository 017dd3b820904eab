import { VmanError } from '#libs/errors';

/** QEMU's words for what a person can act upon. */
const KNOWN = [
  [
    'port_in_use',
    /Could not set up host forwarding rule '([^']*)'/,
    'QEMU cannot listen on a forwarded host port: $1',
  ],
  [
    'insufficient_memory',
    /cannot set up guest memory|Cannot allocate memory|unable to map backing store/i,
    'QEMU could not get the memory of the VM from the host.',
  ],
  ['resource_in_use', /Failed to get "(?:write|consistent read)" lock/, 'A disk of the VM is in use.'],
  ['unavailable', /Cannot lock pid file/, 'An earlier QEMU of this VM is still ending.'],
] as const;

const WORDS = 400;

/** Why QEMU ended before it could be spoken to, from what it printed. Paths of the host are left out. */
export function launchFailure(printed: string): VmanError {
  for (const [code, pattern, message] of KNOWN) {
    const match = pattern.exec(printed);
    if (match) return new VmanError(code, message.replace('$1', match[1] ?? ''));
  }
  const words = printed
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-3)
    .map((line) => line.replace(/^[0-9T:.Z-]+ /, '').replace(/^qemu-system-\w+: /, ''))
    .join('; ')
    .replace(/\/[^\s'":,;]+/g, (path) => path.slice(path.lastIndexOf('/') + 1));
  // QEMU says what it refuses; silence means that it was killed, and the next try may go well.
  if (!words) return new VmanError('unavailable', 'QEMU was ended before it could say a word.');
  return new VmanError('hypervisor_error', words.slice(0, WORDS));
}
