import { createInterface } from 'node:readline/promises';
import { asRoot, requireCandidate } from './apt.mjs';
import { step } from './progress.mjs';
import { findProgram, run } from './run.mjs';

const PACKAGES = ['qemu-system-x86', 'qemu-utils'];
const INSTALL = [
  'apt-get',
  'install',
  '-y',
  '-q',
  '--no-install-recommends',
  '-o',
  'DPkg::Lock::Timeout=300',
  ...PACKAGES,
];

/**
 * QEMU is the one thing that is installed into the system. Says so first, and asks on a terminal only.
 * @param {{yes?: boolean}} options yes: do not ask
 * @returns {Promise<{system: string, img: string}>} the full paths
 */
export async function ensureQemu({ yes = Boolean(process.env.CI) } = {}) {
  const here = locate();
  if (here) {
    await step('QEMU', async (note) => note(await versionOf(here.system)));
    return here;
  }
  const manual = `apt-get update && apt-get install --no-install-recommends ${PACKAGES.join(' ')}`;
  console.log(`QEMU is missing. It is installed from this system's package source: ${PACKAGES.join(', ')}`);
  console.log('(the only thing that is installed; everything else stays in this folder)');
  const onTerminal = Boolean(process.stdin.isTTY) && !yes;
  if (onTerminal && !(await agreed()))
    throw new Error(`QEMU is needed. To install it yourself, as root: ${manual}`);
  const prefix = await asRoot({ mayAsk: onTerminal });
  if (!prefix)
    throw new Error(
      `QEMU can only be installed by root, and sudo is not usable here. As root, run: ${manual}`,
    );
  if (prefix.length > 0 && onTerminal) await run(prefix[0], ['-v'], { inherit: true });
  return step('install QEMU', async (note) => {
    await requireCandidate(PACKAGES[0]);
    const [program, ...args] = [...prefix, 'env', 'DEBIAN_FRONTEND=noninteractive', ...INSTALL];
    await run(program, args);
    const installed = locate();
    if (!installed)
      throw new Error('QEMU was installed, but qemu-system-x86_64 and qemu-img are not on PATH');
    note(await versionOf(installed.system));
    return installed;
  });
}

function locate() {
  const system = findProgram(process.env.VMAN_QEMU_BINARY || 'qemu-system-x86_64');
  const img = findProgram('qemu-img');
  return system && img ? { system, img } : undefined;
}

async function versionOf(program) {
  return /version (\S+)/.exec(await run(program, ['--version']))?.[1] ?? 'unknown version';
}

async function agreed() {
  const dialogue = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return /^y(es)?$/i.test((await dialogue.question('Install it now? [y/N] ')).trim());
  } finally {
    dialogue.close();
  }
}
