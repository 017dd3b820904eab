// `npm run generate` writes every generated file; with `--check` it writes nothing, names the files that differ from
// their source, and fails. A file is one that a plug-in of outputs/index.mjs gives.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { listFiles } from './list-files.mjs';
import './load-typescript.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The files that differ: `missing`, `drifted`, or `stale` when nothing generates it any more. */
async function differences(outputs, folder) {
  const found = [];
  for (const output of outputs) {
    const files = await output.files();
    for (const [path, text] of files) {
      const at = join(folder, path);
      if (!existsSync(at)) found.push({ path, kind: 'missing', text });
      else if (readFileSync(at, 'utf8') !== text) found.push({ path, kind: 'drifted', text });
    }
    if (output.folder === undefined) continue;
    const there = listFiles(join(folder, output.folder)).map((at) => relative(folder, at));
    for (const path of there.filter((at) => !files.has(at))) found.push({ path, kind: 'stale' });
  }
  return found;
}

/** Makes the folder what the sources say. */
function write(found, folder) {
  for (const { path, kind, text } of found) {
    const at = join(folder, path);
    if (kind === 'stale') rmSync(at);
    else {
      mkdirSync(dirname(at), { recursive: true });
      writeFileSync(at, text);
    }
  }
}

async function main(check) {
  const { outputs } = await import('./outputs/index.mjs');
  const found = [];
  for (const output of outputs) {
    const own = await differences([output], root);
    // at once: a later output may load code that an earlier one writes
    if (!check) write(own, root);
    found.push(...own);
  }
  for (const { path, kind } of found) console.log(`${check ? kind : 'written'}: ${path}`);
  if (found.length === 0) console.log('All generated files are up to date.');
  else if (check) {
    console.error('Generated files differ from their sources: run `npm run generate` and commit them.');
    process.exitCode = 1;
  }
}

await main(process.argv.includes('--check'));
