import type { FailpointAction } from './setting.js';

/**
 * Named points at which a test makes the process die, fail or wait. The code calls `failpoint('noun.place')` at
 * its dangerous moments; without VMAN_FAILPOINTS and VMAN_ALLOW_FAILPOINTS that is one comparison. `crash` is
 * SIGKILL, so that no handler, flush or `finally` runs: what a power cut would leave.
 */
let armed: ReadonlyMap<string, FailpointAction> | undefined;
const passed = Promise.resolve();

/** What an armed `error` failpoint throws. */
export class FailpointError extends Error {
  override readonly name = 'FailpointError';
  constructor(point: string) {
    super(`failpoint ${point}`);
  }
}

export function armFailpoints(points: ReadonlyMap<string, FailpointAction>): void {
  armed = points;
}

export function disarmFailpoints(): void {
  armed = undefined;
}

/** Does what the test asked for at this point; nothing in production. */
export function failpoint(name: string): Promise<void> {
  const action = armed?.get(name);
  return action === undefined ? passed : hit(name, action);
}

/** The same where nothing can be awaited: a pause blocks the whole process. */
export function failpointSync(name: string): void {
  const action = armed?.get(name);
  if (action === undefined) return;
  switch (action.kind) {
    case 'crash':
      crash();
      return;
    case 'error':
      throw new FailpointError(name);
    case 'pause':
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, action.ms);
  }
}

async function hit(name: string, action: FailpointAction): Promise<void> {
  switch (action.kind) {
    case 'crash':
      crash();
      return;
    case 'error':
      throw new FailpointError(name);
    case 'pause':
      return new Promise((resolve) => {
        setTimeout(resolve, action.ms);
      });
  }
}

function crash(): void {
  process.kill(process.pid, 'SIGKILL');
}
