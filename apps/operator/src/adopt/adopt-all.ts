import type { Host } from '../host.js';
import type { VmLoop } from '../reconcile/vm-loop.js';
import { findVmProcesses } from '../runtime/proc.js';
import { bringSnapshotsHome } from '../snapshots/snapshot-record.js';
import { adoptVm } from './adopt-vm.js';
import { expectRestarts } from './expect-restarts.js';

/**
 * Adopts every VM at once and starts each loop as soon as its own VM is adopted, so that one hung monitor delays
 * nobody. Resolves when all were looked at.
 */
export async function adoptAll(host: Host, loops: VmLoop[]): Promise<void> {
  const vms = loops.map((loop) => loop.vm);
  const [found] = await Promise.all([findVmProcesses(), expectRestarts(host, vms)]);
  await Promise.all(
    loops.map(async (loop) => {
      try {
        const { vmId, store } = loop.vm;
        const own = found.find((it) => it.vmId === vmId && it.pidFile === store.paths.pidFile);
        await bringSnapshotsHome(host, vmId, store.paths.folder).catch((error) => {
          host.logger.warn({ err: error, vmId }, 'snapshots of an earlier version stay where they were');
        });
        await adoptVm(host, loop.vm, own?.identity);
      } catch (error) {
        host.logger.error({ err: error, vmId: loop.vm.vmId }, 'a VM could not be adopted');
        return;
      }
      loop.start();
    }),
  );
}
