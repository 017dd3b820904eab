/**
 * Lets guests go on that stand still because a disk refused: looked at every few seconds, for all VMs together. QEMU
 * repeats the refused request itself, so nothing is lost; when it is refused again the guest stands still again.
 * Only a guest that is wanted to run is touched.
 */
import { statfs } from 'node:fs/promises';
import { mayRetryDisks } from '#libs/domain';
import type { Host } from '../host.js';
import type { Vm } from '../reconcile/vm.js';

/** True when the guest was let go on. */
export async function retryDisks(host: Host, vm: Vm): Promise<boolean> {
  const live = vm.process;
  const stoppedAt = live?.faults.stoppedAt;
  if (!live?.qmp || live.phase !== 'io-error' || stoppedAt === undefined || !wantsToRun(host, vm))
    return false;
  const { faults } = live;
  const stopped = {
    kinds: faults.list.map((it) => it.kind),
    retries: faults.retries,
    stoppedMs: host.clock.monotonic() - stoppedAt,
    freeBytes: await freeBytes(
      host,
      live.faults.list.map((it) => it.diskId),
      vm,
    ),
  };
  if (!mayRetryDisks(stopped)) return false;
  host.logger.info({ vmId: vm.vmId, ...stopped }, 'a guest that a disk stopped is let go on');
  faults.retried(host.clock.monotonic());
  await live.qmp.execute('cont');
  return true;
}

function wantsToRun(host: Host, { desired, process }: Vm): boolean {
  if (host.dryRun || process?.requested) return false;
  return desired?.presence === 'present' && desired.power === 'running';
}

/** What the fullest of the pools with these disks has left. */
async function freeBytes(host: Host, diskIds: string[], { desired }: Vm): Promise<number | undefined> {
  try {
    const disks = desired?.disks.filter((it) => diskIds.includes(it.diskId)) ?? [];
    const pools = disks.length > 0 ? disks.map((it) => it.poolId) : [undefined];
    const found = await Promise.all([...new Set(pools)].map((poolId) => statfs(host.pools.folder(poolId))));
    return Math.min(...found.map(({ bavail, bsize }) => bavail * bsize));
  } catch {
    return undefined;
  }
}
