import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Set by the global set-up: the folder of this run, removed at its end with everything in it. */
export const RUN_FOLDER_VARIABLE = 'VMAN_TEST_FOLDER';

/** A new empty folder; short, since sockets in it have a limit of 107 bytes. */
export function testFolder(prefix = 't'): string {
  return mkdtempSync(join(process.env[RUN_FOLDER_VARIABLE] ?? tmpdir(), `${prefix}-`));
}
