import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RUN_FOLDER_VARIABLE } from './keeper/start-keeper.js';

/** A new empty folder; short, since sockets in it have a limit of 107 bytes. */
export function testFolder(prefix = 't'): string {
  return mkdtempSync(join(process.env[RUN_FOLDER_VARIABLE] ?? tmpdir(), `${prefix}-`));
}
