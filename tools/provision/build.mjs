import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withLock } from './lock.mjs';
import { DATA, NODE, ROOT } from './paths.mjs';
import { step } from './progress.mjs';
import { run } from './run.mjs';

const DIST = join(ROOT, 'dist');
const STAMP = join(DIST, '.vman-stamp');
/** What tsconfig.build.json compiles, and where that may import from. */
const SOURCES = ['apps', 'libs', 'bench', 'faults', 'security', 'test'];
const SETTINGS = [
  'tsconfig.json',
  'tsconfig.base.json',
  'tsconfig.build.json',
  'package.json',
  'package-lock.json',
];

/** Compiles the services into dist/ when a source changed since the last time. */
export function ensureBuild() {
  return step('build', async (note) => {
    if (isCurrent()) return note('nothing changed');
    await withLock(join(DATA, 'build.lock'), async () => {
      if (isCurrent()) return;
      note('compiling');
      const inputs = inputsHash();
      await run(NODE, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.build.json'], {
        cwd: ROOT,
      });
      for (const folder of SOURCES) dropStale(join(DIST, folder), join(ROOT, folder));
      writeFileSync(STAMP, inputs);
    });
    note('compiled');
  });
}

function isCurrent() {
  return existsSync(STAMP) && readFileSync(STAMP, 'utf8') === inputsHash();
}

/** Removes what was compiled from sources that are gone. */
function dropStale(output, sources) {
  if (!existsSync(output)) return;
  for (const entry of readdirSync(output, { withFileTypes: true })) {
    const compiled = join(output, entry.name);
    if (entry.isDirectory()) dropStale(compiled, join(sources, entry.name));
    else if (!existsSync(join(sources, entry.name.replace(/\.js(\.map)?$/, '.ts')))) rmSync(compiled);
  }
}

/** Sources by path, size and time of change; settings by content. */
function inputsHash() {
  const hash = createHash('sha256');
  const add = (folder) => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) add(path);
      else if (path.endsWith('.ts') && !path.endsWith('.spec.ts')) {
        const { size, mtimeMs } = statSync(path);
        hash.update(`${path} ${size} ${mtimeMs}\n`);
      }
    }
  };
  for (const folder of SOURCES) add(join(ROOT, folder));
  for (const file of SETTINGS) hash.update(readFileSync(join(ROOT, file)));
  return hash.digest('hex');
}
