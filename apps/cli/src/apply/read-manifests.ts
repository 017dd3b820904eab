import { readFile } from 'node:fs/promises';
import { UsageError } from '../errors.js';
import type { Terminal } from '../terminal/terminal.js';
import { type Manifest, parseManifests } from './manifest.js';

/** The VMs of all files; `-` is standard input. No name may come twice. */
export async function readManifests(files: readonly string[], terminal: Terminal): Promise<Manifest[]> {
  const manifests: Manifest[] = [];
  for (const file of files) {
    const text = file === '-' ? await terminal.readStdin() : await read(file);
    manifests.push(...(await parseManifests(text, file === '-' ? 'standard input' : file)));
  }
  const names = manifests.map(({ vm }) => `${vm.project ?? ''}/${vm.name}`);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new UsageError(`The VM ${twice.split('/')[1]} is described twice.`);
  return manifests;
}

function read(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(`${file} cannot be read: ${error.code ?? error.message}.`);
  });
}
