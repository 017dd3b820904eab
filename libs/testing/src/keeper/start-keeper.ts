import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RUN_FOLDER_VARIABLE } from '../test-folder.js';
import { KEEPER_VARIABLE } from './ask-keeper.js';

export interface Keeper {
  /** Ends every server of the run and removes its folder. */
  stop(): Promise<void>;
}

/** Makes the folder of this run and starts its keeper; both are told to the workers by environment variables. */
export async function startKeeper(): Promise<Keeper> {
  const folder = mkdtempSync(join(tmpdir(), 'vt-'));
  // The database server runs as another user and must get through.
  chmodSync(folder, 0o711);
  const program = join(import.meta.dirname, 'keeper.mjs');
  const child = spawn(process.execPath, [program, folder], {
    stdio: ['pipe', 'pipe', 'inherit'],
    // A Ctrl-C is for the run; the keeper cleans up after it.
    detached: true,
  });
  const gone = once(child, 'exit');
  await Promise.race([once(child.stdout, 'data'), gone]);
  if (child.exitCode !== null) throw new Error(`the keeper of the test servers ended with ${child.exitCode}`);
  child.unref();
  process.env[RUN_FOLDER_VARIABLE] = folder;
  process.env[KEEPER_VARIABLE] = join(folder, 'keeper.sock');
  return {
    async stop() {
      child.ref();
      child.stdin.end();
      await gone;
    },
  };
}
