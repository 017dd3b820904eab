import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Collects all garbage, code that was compiled for nothing but the start too, and gives the pages back. An idle agent
 * would keep them for good, since V8 collects when memory is asked for and not when it lies there.
 */
export function giveMemoryBack(): void {
  setFlagsFromString('--expose-gc');
  const collect: NodeJS.GCFunction = runInNewContext('gc');
  collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}
