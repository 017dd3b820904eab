import type { HostJudgementView } from '#libs/contracts/http';
import { type HostFacts, type PoolFacts, place } from '#libs/domain';
import type { Tx, VmEntity } from '../db-operator/index.js';
import { wantedNetworks } from './nic-networks.js';

/** How each host would be judged if the VM were placed now: the best first, then those that were refused. */
export async function judgeHosts(tx: Tx, vm: VmEntity): Promise<HostJudgementView[]> {
  const { labels, placement: rules } = vm;
  const parts = await tx.parts.of(vm.id);
  const terms = [...(rules?.affinity ?? []), ...(rules?.antiAffinity ?? [])];
  const neighbours = await tx.vms.neighbours(
    vm.project,
    terms.map((it) => it.labels),
    vm.id,
  );
  const hosts = (await tx.hosts.facts()).map((host) =>
    host.hostId === vm.hostId ? without(vm, host) : host,
  );
  const networks = parts.nics.map((nic) => (nic.networkId ? parts.networks.get(nic.networkId) : undefined));
  const request = {
    ...{ vcpus: vm.vcpus, memoryMib: vm.memoryMib, labels, rules: rules ?? undefined },
    networks: wantedNetworks(networks),
    storage: parts.disks.map(({ poolId }) => ({ pool: poolNamed(poolId, hosts), bytes: 0 })),
  };
  const placement = place(request, hosts, neighbours);
  const candidates = placement.kind === 'placed' ? placement.candidates : [];
  return [
    ...candidates.map(({ host, hostId, score, points }): HostJudgementView => {
      return { host, verdict: hostId === vm.hostId ? 'chosen' : 'fits', score, points };
    }),
    ...placement.refused.map(({ host, rule, message }): HostJudgementView => {
      return { host, verdict: 'refused', rule, message };
    }),
  ];
}

/** Its own host as it would be if the VM were not there. */
function without(vm: VmEntity, host: HostFacts): HostFacts {
  return {
    ...host,
    usedMemoryMib: host.usedMemoryMib - vm.memoryMib,
    usedVcpus: host.usedVcpus - vm.vcpus,
  };
}

/** The pool of a disk; where no host tells of it, any will do. */
function poolNamed(poolId: string | null, hosts: HostFacts[]): string | undefined {
  const known = (pool: PoolFacts) => pool.poolId === poolId;
  return poolId !== null && hosts.some((host) => host.pools?.some(known)) ? poolId : undefined;
}
