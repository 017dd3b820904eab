import { createInterface } from 'node:readline/promises';
import { asRoot, requireCandidate } from '../provision/apt.mjs';
import { step } from '../provision/progress.mjs';
import { run } from '../provision/run.mjs';

/** Installs Debian packages: says so first, and asks unless told not to. */
export async function installPackages(names, why, { yes }) {
  console.log(`${why}. Installed from this system's package source: ${names.join(', ')}`);
  if (!yes && !(await agreed()))
    throw new Error(`needed: apt-get install --no-install-recommends ${names.join(' ')}`);
  const prefix = await asRoot({ mayAsk: !yes });
  if (!prefix) throw new Error('packages can only be installed by root, and sudo is not usable here');
  await step(`install ${names.join(', ')}`, async () => {
    for (const name of names) await requireCandidate(name);
    const options = ['-y', '-q', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=300'];
    const [program, ...args] = [...prefix, 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', 'install'];
    await run(program, [...args, ...options, ...names]);
  });
}

async function agreed() {
  if (!process.stdin.isTTY) return false;
  const dialogue = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return /^y(es)?$/i.test((await dialogue.question('Install now? [y/N] ')).trim());
  } finally {
    dialogue.close();
  }
}
