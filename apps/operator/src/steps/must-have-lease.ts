import type { DesiredVm } from '#libs/contracts';
import { VmanError } from '#libs/errors';
import type { Host } from '../host.js';
import type { StepContext } from './step-handler.js';

/** Waits in between may have taken longer than the lease lasts. */
export function mustHaveLease({ host, desired }: Pick<StepContext, 'host' | 'desired'>): void {
  if (host.leases.mayRun(desired)) return;
  throw new VmanError('lease_held', 'The lease of the VM ran out before it was started.');
}

/** Before files of disks are changed that no machine here holds. Throws VmanError `lease_held`. */
export async function mustNotRunElsewhere(host: Host, { vmId, failover }: DesiredVm): Promise<void> {
  if (!failover) return;
  const [sight] = await host.leases.sights([{ vmId, poolId: failover.poolId }]);
  if (sight?.state !== 'held' || sight.holderHostId === host.hostId) return;
  throw new VmanError('lease_held', `Host ${sight.holderHostId} holds the lease of the VM.`);
}
