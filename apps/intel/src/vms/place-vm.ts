import { type Neighbours, type PlacementRequest, place, planStorage, type Refusal } from '#libs/domain';
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

/** What a VM asks for; without a project, or without labels and rules, it seeks and shuns nobody. */
export type PlaceRequest = PlacementRequest & { project?: string };

/** More are named in `errors` alone. */
const REASONS_IN_WORDS = 10;

/**
 * Chooses a host and reserves its memory, its CPUs and room in its pools; throws placement_failed with each host's
 * reason, or storage_full when nothing but room is missing. `onHost`: no other host will do.
 */
export async function placeVm(tx: Tx, request: PlaceRequest, onHost?: string): Promise<Place> {
  const beside = await meetNeighbours(tx, request);
  for (let attempt = 1; attempt <= TRIES_MAX; attempt++) {
    const all = await tx.hosts.facts();
    const hosts = onHost ? all.filter((it) => it.hostId === onHost) : all;
    const placement = place(request, hosts, await beside());
    if (placement.kind === 'refused') throw refusal(placement.refused);
    tx.rehearsal?.candidates.splice(0, Number.POSITIVE_INFINITY, ...placement.candidates);
    tx.rehearsal?.refused.splice(0, Number.POSITIVE_INFINITY, ...placement.refused);
    const { hostId } = placement;
    const storage = planStorage(request.storage ?? [], hosts.find((it) => it.hostId === hostId)?.pools ?? []);
    const poolIds = storage.kind === 'fits' ? storage.poolIds : [];
    if (!(await tx.hosts.reserve(hostId, request.memoryMib, request.vcpus))) continue;
    // The host is ours until the end of the transaction: who came there before is seen now.
    const met = place(
      noRoom(request),
      hosts.filter((it) => it.hostId === hostId),
      await beside(),
    );
    if (met.kind === 'placed' && (await reserveAll(tx, request, poolIds))) return { hostId, poolIds };
    await tx.hosts.reserve(hostId, -request.memoryMib, -request.vcpus);
  }
  throw new VmanError('conflict', 'Other VMs were faster in taking the room.', { retryAfterSeconds: 1 });
}

/** Its room is taken: only whom it meets is asked. */
const noRoom = ({ labels, rules }: PlaceRequest): PlacementRequest => ({
  vcpus: 0,
  memoryMib: 0,
  labels,
  rules,
});

/** Reads who is where, each time it is called; nobody when the VM cares for nobody and nobody can care for it. */
async function meetNeighbours(tx: Tx, request: PlaceRequest): Promise<() => Promise<Neighbours>> {
  const { project, labels = {}, rules } = request;
  const terms = [...(rules?.affinity ?? []), ...(rules?.antiAffinity ?? [])];
  if (project === undefined || (terms.length === 0 && Object.keys(labels).length === 0))
    return async () => new Map();
  // Two of a group that are the first of it must not go to two hosts.
  if (rules?.affinity.some((it) => it.required)) await tx.vms.lockPlacement(project);
  const sought = terms.map((it) => it.labels);
  return () => tx.vms.neighbours(project, sought);
}

function refusal(refused: Refusal[]): VmanError {
  const words = refused.slice(0, REASONS_IN_WORDS).map((it) => `${it.host}: ${it.message}`);
  const more = refused.length - words.length;
  const reasons = [...words, ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
  if (reasons && refused.every((it) => it.rule === 'storage')) return storageFull(reasons);
  return new VmanError('placement_failed', reasons || 'There is no host yet.', {
    hint: reasons ? undefined : 'Start an operator on a host; it registers itself.',
    fields: refused.map(({ host, rule, message }) => ({ field: host, code: rule, message })),
  });
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
