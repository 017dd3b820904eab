import { type Keeper, startKeeper } from '../libs/testing/src/keeper/start-keeper.js';

declare global {
  var vmanTestKeeper: Keeper | undefined;
}

/** Once for a run, whichever projects it has. */
export default async function setUp(): Promise<void> {
  globalThis.vmanTestKeeper ??= await startKeeper();
}
