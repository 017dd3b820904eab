// Job: npm packages that only one tool needs, in a folder of the cache instead of in package.json.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { step } from './progress.mjs';
import { run } from './run.mjs';

const OPTIONS = ['--ignore-scripts', '--no-audit', '--no-fund', '--save-exact'];

/** Installs exactly these into `folder`, unless they are there. */
export async function ensurePackages(folder, packages, what) {
  const stamp = join(folder, 'stamp');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === packages.join()) return;
  await step(`fetch ${what}`, async () => {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }');
    await run('npm', ['install', ...OPTIONS, ...packages], { cwd: folder });
    writeFileSync(stamp, packages.join());
  });
}
