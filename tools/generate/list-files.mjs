import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** All files of a folder at any depth, sorted; none when there is no folder. */
export function listFiles(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
