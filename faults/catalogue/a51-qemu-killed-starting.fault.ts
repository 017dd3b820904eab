import { waitFor } from '#libs/testing';
import type { Fault } from '../fault.js';
import { qemuByVm } from '../ground/process-watch.js';

export const qemuKilledStarting: Fault = {
  id: 'A51',
  name: 'a QEMU process killed while it starts',
  endsGuests: true,
  async happen({ stack }) {
    const old = new Set([...qemuByVm(stack.folder).values()].flat());
    const fresh = await waitFor(
      () => [...qemuByVm(stack.folder).values()].flat().find((pid) => !old.has(pid)),
      { timeoutMs: 8_000, everyMs: 2, what: 'a QEMU starts' },
    ).catch(() => undefined);
    if (fresh) process.kill(fresh, 'SIGKILL');
    return fresh ? `process ${fresh}` : 'none started';
  },
};
