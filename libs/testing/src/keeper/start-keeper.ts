import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The folder of this run, removed at its end with everything in it. */
export const RUN_FOLDER_VARIABLE = 'VMAN_TEST_FOLDER';
/** The socket of the keeper of this run. */
export const KEEPER_VARIABLE = 'VMAN_TEST_KEEPER';

export interface Keeper {
  /** Ends every server of the run and removes its folder. */
  stop(): Promise<void>;
}

/**
 * Makes the folder of this run and starts its keeper; both are told to the workers by environment
 * variables. `program` is the path of keeper.mjs.
 */
export async function startKeeper(program: string): Promise<Keeper> {
  const folder = mkdtempSync(join(tmpdir(), 'vt-'));
  // The database server runs as another user and must get through.
  chmodSync(folder, 0o711);
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
