import { type PlacementRequest, place, planStorage } from '#libs/domain';
import { VmanError } from '#libs/errors';
import type { Tx } from '../db-operator/index.js';
import { storageFull } from '../pools/index.js';

/** Another transaction may take the room of the chosen host in between. */
const TRIES_MAX = 5;

export interface Place {
  hostId: string;
  /** Of the disks asked for, in their order; undefined on a host that tells of no pools. */
  poolIds: (string | undefined)[];
}

/**
 * Chooses a host and reserves its memory, its CPUs and room in its pools; throws placement_failed with each host's
 * reason, or storage_full when nothing but room is missing. `onHost`: no other host will do.
 */
export async function placeVm(tx: Tx, request: PlacementRequest, onHost?: string): Promise<Place> {
  for (let attempt = 1; attempt <= TRIES_MAX; attempt++) {
    const all = await tx.hosts.facts();
    const hosts = onHost ? all.filter((it) => it.hostId === onHost) : all;
    const placement = place(request, hosts);
    if (placement.kind === 'refused') {
      const reasons = placement.refused.map((it) => `${it.host}: ${it.message}`).join('; ');
      if (reasons && placement.refused.every((it) => it.rule === 'storage')) throw storageFull(reasons);
      throw new VmanError('placement_failed', reasons || 'There is no host yet.', {
        hint: reasons ? undefined : 'Start an operator on a host; it registers itself.',
      });
    }
    const { hostId } = placement;
    const storage = planStorage(request.storage ?? [], hosts.find((it) => it.hostId === hostId)?.pools ?? []);
    const poolIds = storage.kind === 'fits' ? storage.poolIds : [];
    if (!(await tx.hosts.reserve(hostId, request.memoryMib, request.vcpus))) continue;
    if (await reserveAll(tx, request, poolIds)) return { hostId, poolIds };
    await tx.hosts.reserve(hostId, -request.memoryMib, -request.vcpus);
  }
  throw new VmanError('conflict', 'Other VMs were faster in taking the room.', { retryAfterSeconds: 1 });
}

/** All of them or none, pools in the same order everywhere, so that no two changes wait for each other. */
async function reserveAll(
  tx: Tx,
  { storage = [] }: PlacementRequest,
  poolIds: (string | undefined)[],
): Promise<boolean> {
  const sums = new Map<string, number>();
  for (const [index, poolId] of poolIds.entries()) {
    const bytes = storage[index]?.bytes ?? 0;
    if (poolId && bytes > 0) sums.set(poolId, (sums.get(poolId) ?? 0) + bytes);
  }
  const taken: [string, number][] = [];
  for (const [poolId, bytes] of [...sums].sort(([a], [b]) => a.localeCompare(b))) {
    if (await tx.pools.reserve(poolId, bytes)) taken.push([poolId, bytes]);
    else {
      for (const [id, given] of taken) await tx.pools.release(id, given);
      return false;
    }
  }
  return true;
}
