import { realpath, stat } from 'node:fs/promises';
import { resolve, sep } from 'node:path';
import { invalidInput } from '../http/index.js';

/**
 * The real path of a file in the import folder. Links are followed first, so that none leads out of it; nothing of
 * what lies outside is told.
 */
export async function importPath(folder: string | undefined, path: string): Promise<string> {
  const fault = (message: string) => invalidInput([{ field: 'source.path', code: 'invalid', message }]);
  if (!folder) throw fault('this server imports no local files (VMAN_IMAGE_IMPORT_PATH is not set)');
  const real = await realpath(resolve(folder, path)).catch(() => undefined);
  const root = await realpath(folder).catch(() => undefined);
  const inside = real !== undefined && root !== undefined && real.startsWith(root + sep);
  if (!inside) throw fault('there is no such file in the import folder');
  if (!(await stat(real)).isFile()) throw fault('is not a regular file');
  return real;
}
