import { type PlacementRequest, place } from '#libs/domain';
import { VmanError } from '#libs/errors';
import type { Tx } from '../db-operator/index.js';

/** Another transaction may take the room of the chosen host in between. */
const TRIES_MAX = 5;

/** Chooses a host and reserves its memory and CPUs; throws placement_failed with each host's reason. */
export async function placeVm(tx: Tx, request: PlacementRequest): Promise<string> {
  for (let attempt = 1; attempt <= TRIES_MAX; attempt++) {
    const placement = place(request, await tx.hosts.facts());
    if (placement.kind === 'refused') {
      const reasons = placement.refused.map((it) => `${it.host}: ${it.message}`).join('; ');
      throw new VmanError('placement_failed', reasons || 'There is no host yet.', {
        hint: reasons ? undefined : 'Start an operator on a host; it registers itself.',
      });
    }
    if (await tx.hosts.reserve(placement.hostId, request.memoryMib, request.vcpus)) return placement.hostId;
  }
  throw new VmanError('conflict', 'Other VMs were faster in taking the room.', { retryAfterSeconds: 1 });
}
