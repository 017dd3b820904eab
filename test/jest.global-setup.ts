import { join } from 'node:path';
// With the extension of the source: Jest loads this file and what it imports without its module mapping.
import { type Keeper, startKeeper } from '../libs/testing/src/keeper/start-keeper.ts';

declare global {
  var vmanTestKeeper: Keeper | undefined;
}

/** Once for a run, whichever projects it has. */
export default async function setUp(_run: unknown, project: { rootDir: string }): Promise<void> {
  const program = join(project.rootDir, 'libs/testing/src/keeper/keeper.mjs');
  globalThis.vmanTestKeeper ??= await startKeeper(program);
}
