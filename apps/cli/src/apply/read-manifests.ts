import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from '../errors.js';
import type { Terminal } from '../terminal/terminal.js';
import { KIND_NAMES } from './kinds/all-kinds.js';
import { type Manifest, parseManifests } from './manifest.js';

const ENDINGS = /\.(ya?ml|json)$/;

/**
 * The things of all files, in the order in which they need each other; of a folder its YAML and JSON files, and `-` is
 * standard input. No thing may come twice.
 */
export async function readManifests(paths: readonly string[], terminal: Terminal): Promise<Manifest[]> {
  const manifests: Manifest[] = [];
  for (const path of paths) {
    if (path === '-') manifests.push(...(await parseManifests(await terminal.readStdin(), 'standard input')));
    else
      for (const file of await filesOf(path))
        manifests.push(...(await parseManifests(await read(file), file)));
  }
  const keys = manifests.map(({ kind, name, fields }) => `${kind} ${fields.project ?? ''}/${name}`);
  const twice = manifests.find((_, index) => keys.indexOf(keys[index] ?? '') !== index);
  if (twice) throw new UsageError(`The ${twice.kind} ${twice.name} is described twice.`);
  return manifests.sort((a, b) => KIND_NAMES.indexOf(a.kind) - KIND_NAMES.indexOf(b.kind));
}

async function filesOf(path: string): Promise<string[]> {
  if (!(await stat(path).catch(unreadable(path))).isDirectory()) return [path];
  const files = (await readdir(path)).filter((file) => ENDINGS.test(file)).sort();
  if (files.length === 0) throw new UsageError(`The folder ${path} holds no YAML or JSON file.`);
  return files.map((file) => join(path, file));
}

const read = (file: string) => readFile(file, 'utf8').catch(unreadable(file));

const unreadable = (path: string) => (error: NodeJS.ErrnoException) => {
  throw new UsageError(`${path} cannot be read: ${error.code ?? error.message}.`);
};
