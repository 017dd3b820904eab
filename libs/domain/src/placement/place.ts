import { type HostNetworks, networkLack, type WantedNetwork } from './network-lack.js';
import { type PoolFacts, planStorage, type StorageRequest } from './storage.js';

/**
 * Which host takes a VM: filters say who cannot and why, a score says who should. Pure; the reservation itself is
 * one conditional statement in the database.
 */
export interface HostFacts {
  hostId: string;
  name: string;
  cpus: number;
  memoryMib: number;
  /** Memory promised to VMs placed there, in MiB. */
  usedMemoryMib: number;
  usedVcpus: number;
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
}

export interface Refusal {
  host: string;
  rule: 'alive' | 'cordoned' | 'dry-run' | 'memory' | 'cpus' | 'network' | 'pool' | 'storage';
  message: string;
}

export type Placement =
  | { kind: 'placed'; hostId: string; refused: Refusal[] }
  | { kind: 'refused'; refused: Refusal[] };

/** Virtual CPUs that may be promised per processor of a host. */
export const CPU_OVERCOMMIT = 8;

export function place(request: PlacementRequest, hosts: HostFacts[]): Placement {
  const refused: Refusal[] = [];
  const fitting = hosts.filter((host) => {
    const refusal = refuse(request, host);
    if (refusal) refused.push(refusal);
    return !refusal;
  });
  const best = fitting.sort(byFreeMemory)[0];
  return best ? { kind: 'placed', hostId: best.hostId, refused } : { kind: 'refused', refused };
}

function refuse(request: PlacementRequest, host: HostFacts): Refusal | undefined {
  const say = (rule: Refusal['rule'], message: string): Refusal => ({ host: host.name, rule, message });
  if (!host.alive) return say('alive', 'has not been heard of in time');
  if (host.cordoned) return say('cordoned', 'takes no new VMs');
  if (host.dryRun) return say('dry-run', 'only plans and touches nothing');
  for (const network of request.networks ?? []) {
    const lack = networkLack(network, host.networks);
    if (lack) return say('network', lack);
  }
  if (request.vcpus > host.cpus * CPU_OVERCOMMIT - host.usedVcpus) {
    const free = Math.max(0, host.cpus * CPU_OVERCOMMIT - host.usedVcpus);
    return say('cpus', `${request.vcpus} vCPUs asked, ${free} free of ${host.cpus} x ${CPU_OVERCOMMIT}`);
  }
  const free = Math.max(0, host.memoryMib - host.usedMemoryMib);
  if (request.memoryMib > free) {
    return say('memory', `${request.memoryMib} MiB asked, ${free} MiB free of ${host.memoryMib} MiB`);
  }
  const storage = planStorage(request.storage ?? [], host.pools ?? []);
  if (storage.kind === 'refused') return say(storage.reason === 'full' ? 'storage' : 'pool', storage.message);
  return undefined;
}

/** The most free memory first; the id breaks ties, so that the answer is always the same. */
function byFreeMemory(a: HostFacts, b: HostFacts): number {
  const free = (host: HostFacts) => host.memoryMib - host.usedMemoryMib;
  return free(b) - free(a) || a.hostId.localeCompare(b.hostId);
}
