import { readFile } from 'node:fs/promises';
import { UsageError } from '../errors.js';
import type { Connection } from './choose-connection.js';

/** The token itself; undefined when there is none. */
export async function readToken({ token, tokenFile }: Connection): Promise<string | undefined> {
  if (tokenFile === undefined) return token;
  const text = await readFile(tokenFile, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(`The token file ${tokenFile} cannot be read: ${error.code ?? error.message}.`);
  });
  return text.trim() || undefined;
}
