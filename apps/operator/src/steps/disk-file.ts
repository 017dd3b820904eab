import type { StepContext } from './step-handler.js';

/** Where the file of a disk of this VM is or will be. Throws `pool_unavailable`. */
export function diskFile({ host, desired }: Pick<StepContext, 'host' | 'desired'>, diskId: string): string {
  return host.pools.diskPath(desired.disks.find((it) => it.diskId === diskId)?.poolId, diskId);
}
