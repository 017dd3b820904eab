import { Injectable } from '@nestjs/common';
import type { PatchNetworkInput } from '#libs/contracts/http';
import { type FreeRange, freeRanges, networkFaults, parseIp } from '#libs/domain';
import type { NetworkEntity, Tx } from '../db-operator/index.js';
import { type Caller, invalidInput } from '../http/index.js';
import { audit } from '../operations/index.js';
import { changeDesired } from '../vms/index.js';
import { lockNetwork } from './find-network.js';
import { networkPools } from './network-pools.js';

/**
 * Changes what can be changed of a network while VMs use it. Each of its VMs gets a new generation, so that its host
 * hears of it; addresses that VMs have stay theirs, also where the new ranges do not hold them.
 */
@Injectable()
export class PatchNetwork {
  async execute(tx: Tx, caller: Caller, nameOrId: string, input: PatchNetworkInput): Promise<string> {
    const network = await lockNetwork(tx, caller, nameOrId);
    const change = changeOf(input);
    const wanted: NetworkEntity = { ...network, ...change };
    const faults = networkFaults({
      ...wanted,
      kind: wanted.kind === 'managed' ? 'managed' : 'bridge',
      bridge: wanted.kind === 'managed' ? '' : wanted.bridge,
      cidrV4: wanted.cidrV4 ?? '',
      gatewayV4: wanted.gatewayV4 ?? '',
      cidrV6: wanted.cidrV6 ?? '',
      gatewayV6: wanted.gatewayV6 ?? '',
    });
    if (faults.length > 0) throw invalidInput(faults);
    await tx.networks.update(network.id, change);
    if (wanted.dhcp !== network.dhcp) await tx.addresses.tellBy(network.id, wanted.dhcp ? 'dhcp' : 'static');
    if (change.ranges || change.reserved) await cutAnew(tx, wanted);
    await audit(
      tx,
      caller,
      'network.update',
      { kind: 'network', id: network.id, name: network.name, project: network.project || null },
      null,
    );
    await tellVms(tx, caller, network);
    return network.id;
  }
}

function changeOf(input: PatchNetworkInput): Partial<NetworkEntity> {
  const { dns, mtu, domain, dhcp, nat, antiSpoofing, ranges, reserved } = input;
  const change = { dns, dhcp, nat, antiSpoofing, ranges, reserved };
  return {
    ...Object.fromEntries(Object.entries(change).filter(([, value]) => value != null)),
    ...(mtu !== undefined && { mtu: mtu ?? 0 }),
    ...(domain !== undefined && { domain: domain ?? '' }),
  };
}

async function cutAnew(tx: Tx, network: NetworkEntity): Promise<void> {
  const taken = await tx.networks.taken(network.id);
  const free = networkPools(network).flatMap((pool) => {
    const own = taken.filter((it) => it.family === pool.cidr.family);
    const values = own.flatMap((it) => parseIp(it.address)?.value ?? []);
    return freeRanges(pool).flatMap((range) => without(range, values));
  });
  await tx.networks.replaceRanges(network.id, free);
}

/** The parts of a range between these values, which are in order. */
function without(range: FreeRange, values: bigint[]): FreeRange[] {
  const parts: FreeRange[] = [];
  let { first } = range;
  for (const value of values) {
    if (value < first || value > range.last) continue;
    if (value > first) parts.push({ ...range, first, last: value - 1n });
    first = value + 1n;
  }
  if (first <= range.last) parts.push({ ...range, first });
  return parts;
}

async function tellVms(tx: Tx, caller: Caller, network: NetworkEntity): Promise<void> {
  for (const { id } of await tx.networks.users(network.id)) {
    const seen = await tx.vms.lock(id);
    if (seen?.vm.presence !== 'present') continue;
    const reason = `the network ${network.name} was changed`;
    await changeDesired(tx, caller, seen.vm, { kind: 'vm.update', reason });
  }
}
