import { planStorage, type StorageRequest } from '#libs/domain';
import { VmanError } from '#libs/errors';
import type { Tx } from '../db-operator/index.js';
import { storageFull, takeRoom } from '../pools/index.js';

/** Room for more disks of a VM on the host that it is on; gives their pools. Throws storage_full. */
export async function placeDisks(
  tx: Tx,
  hostId: string,
  storage: StorageRequest[],
): Promise<(string | undefined)[]> {
  if (storage.length === 0) return [];
  const pools = (await tx.pools.facts()).get(hostId) ?? [];
  const plan = planStorage(storage, pools);
  if (plan.kind === 'refused') {
    if (plan.reason === 'full') throw storageFull(plan.message);
    throw new VmanError('placement_failed', `Its host ${plan.message}.`);
  }
  for (const [index, poolId] of plan.poolIds.entries())
    await takeRoom(tx, poolId, storage[index]?.bytes ?? 0);
  return plan.poolIds;
}

/** Disks that a request names by id, held against other changes; those of other VMs too. */
export async function namedDisks(tx: Tx, wanted: { id?: string }[] | undefined) {
  const ids = [...new Set((wanted ?? []).flatMap((it) => it.id ?? []))].filter((it) => UUID.test(it)).sort();
  const found = [];
  for (const id of ids) found.push(await tx.disks.lock(id));
  return new Map(found.flatMap((disk) => (disk ? [[disk.id, disk] as const] : [])));
}

const UUID = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i;
