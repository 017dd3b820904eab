import {
  ANY_PLACE,
  affinityLack,
  hasAll,
  inWords,
  type Labels,
  type Neighbour,
  type PlacementRules,
} from './affinity.js';
import { type HostNetworks, networkLack, type WantedNetwork } from './network-lack.js';
import { limitsOf, type Points, type Room, scoreHost } from './score-host.js';
import { type PoolFacts, planStorage, type StorageRequest } from './storage.js';

/**
 * Which host takes a VM: filters say who cannot and why, a score says who should. Pure; the reservation itself is
 * one conditional statement in the database.
 */
export interface HostFacts extends Room {
  hostId: string;
  name: string;
  labels: Labels;
  /** Seen in time. */
  alive: boolean;
  cordoned: boolean;
  dryRun: boolean;
  /** What it can do about networks; absent: it did not tell. */
  networks?: HostNetworks;
  /** Where disks can lie; absent or empty: the host tells of none. */
  pools?: PoolFacts[];
}

export interface PlacementRequest {
  vcpus: number;
  memoryMib: number;
  /** Of its NICs, without the user network, which each host has. */
  networks?: WantedNetwork[];
  /** Its disks. */
  storage?: StorageRequest[];
  /** Left out: nobody is sought or shunned. */
  labels?: Labels;
  rules?: PlacementRules;
}

export type PlacementRule =
  | 'alive'
  | 'cordoned'
  | 'dry-run'
  | 'host-labels'
  | 'affinity'
  | 'memory'
  | 'cpus'
  | 'network'
  | 'pool'
  | 'storage';

export interface Refusal {
  host: string;
  rule: PlacementRule;
  message: string;
}

/** A host that would do, with what speaks for it. */
export interface Candidate {
  host: string;
  hostId: string;
  score: number;
  points: Points[];
}

export type Placement =
  /** `candidates`: the best first; it is the chosen one. */
  | { kind: 'placed'; hostId: string; candidates: Candidate[]; refused: Refusal[] }
  | { kind: 'refused'; refused: Refusal[] };

/** The VMs of the same project that are on each host, by the id of the host. */
export type Neighbours = ReadonlyMap<string, readonly Neighbour[]>;

export function place(
  request: PlacementRequest,
  hosts: HostFacts[],
  neighbours: Neighbours = new Map(),
): Placement {
  const refused: Refusal[] = [];
  const candidates: Candidate[] = [];
  const newcomer = { labels: request.labels ?? {}, rules: request.rules ?? ANY_PLACE };
  const bound = newcomer.rules.affinity.some((it) => it.required);
  const everywhere = bound ? [...neighbours.values()].flat() : [];
  for (const host of hosts) {
    const here = neighbours.get(host.hostId) ?? [];
    const refusal = refuse(request, host) ?? shunned(host);
    if (refusal) refused.push(refusal);
    else candidates.push(candidateOf(host, scoreHost(newcomer, request, host, here)));
  }
  candidates.sort(byScore);
  const [best] = candidates;
  return best ? { kind: 'placed', hostId: best.hostId, candidates, refused } : { kind: 'refused', refused };

  function shunned(host: HostFacts): Refusal | undefined {
    const message = affinityLack(newcomer, neighbours.get(host.hostId) ?? [], everywhere);
    return message === undefined ? undefined : { host: host.name, rule: 'affinity', message };
  }
}

function candidateOf(host: HostFacts, points: Points[]): Candidate {
  const score = points.reduce((sum, it) => sum + it.points, 0);
  return { host: host.name, hostId: host.hostId, score, points };
}

function refuse(request: PlacementRequest, host: HostFacts): Refusal | undefined {
  const say = (rule: PlacementRule, message: string): Refusal => ({ host: host.name, rule, message });
  if (!host.alive) return say('alive', 'has not been heard of in time');
  if (host.cordoned) return say('cordoned', 'takes no new VMs');
  if (host.dryRun) return say('dry-run', 'only plans and touches nothing');
  const wanted = request.rules?.hostLabels ?? {};
  if (!hasAll(host.labels, wanted)) {
    return say('host-labels', `has ${inWords(host.labels) || 'no labels'}, and not ${inWords(wanted)}`);
  }
  for (const network of request.networks ?? []) {
    const lack = networkLack(network, host.networks);
    if (lack) return say('network', lack);
  }
  const limits = limitsOf(host);
  const factor = (percent: number) => (percent === 100 ? '' : ` x ${percent / 100}`);
  if (request.vcpus > limits.vcpus - host.usedVcpus) {
    const free = Math.max(0, limits.vcpus - host.usedVcpus);
    const of = `${host.cpus}${factor(host.cpuOvercommitPercent)}`;
    return say('cpus', `${request.vcpus} vCPUs asked, ${free} free of ${of}`);
  }
  const free = Math.max(0, limits.memoryMib - host.usedMemoryMib);
  if (request.memoryMib > free) {
    const of = `${host.memoryMib} MiB${factor(host.memoryOvercommitPercent)}`;
    return say('memory', `${request.memoryMib} MiB asked, ${free} MiB free of ${of}`);
  }
  const storage = planStorage(request.storage ?? [], host.pools ?? []);
  if (storage.kind === 'refused') return say(storage.reason === 'full' ? 'storage' : 'pool', storage.message);
  return undefined;
}

/** The highest score first; the id breaks ties, so that the answer is always the same. */
const byScore = (a: Candidate, b: Candidate) => b.score - a.score || a.hostId.localeCompare(b.hostId);
