import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The folder of package.json, from sources and from dist alike. */
export const PROJECT = rootAbove(import.meta.dirname);

function rootAbove(folder: string): string {
  return existsSync(join(folder, 'package-lock.json')) ? folder : rootAbove(dirname(folder));
}
