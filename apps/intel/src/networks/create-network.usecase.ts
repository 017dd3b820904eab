import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import type { CreateNetworkInput } from '#libs/contracts/http';
import {
  defaultGateway,
  freeRanges,
  type NetworkDefinition,
  networkFaults,
  parseCidr,
  poolsOf,
} from '#libs/domain';
import type { Tx } from '../db-operator/index.js';
import { type Caller, invalidInput } from '../http/index.js';
import { audit } from '../operations/index.js';
import { chooseOwner } from '../projects/index.js';

/** Makes a network; the hosts learn of it with the first VM that has a NIC in it. */
@Injectable()
export class CreateNetwork {
  /** Gives the id. */
  async execute(tx: Tx, caller: Caller, input: CreateNetworkInput): Promise<string> {
    const project = await chooseOwner(tx, caller, input.project);
    const definition = definitionOf(input);
    const faults = networkFaults(definition);
    if (faults.length > 0) throw invalidInput(faults);
    await refuseOverlap(tx, definition);
    const { cidrV4, gatewayV4, cidrV6, gatewayV6, ...rest } = definition;
    const id = uuidv7();
    await tx.networks.insert(
      {
        ...rest,
        id,
        project,
        name: input.name,
        // As the hosts name it: of the random end of the id.
        bridge: definition.kind === 'managed' ? `vmb${id.slice(-12)}` : definition.bridge,
        cidrV4: cidrV4 || null,
        gatewayV4: gatewayV4 || null,
        cidrV6: cidrV6 || null,
        gatewayV6: gatewayV6 || null,
        mtu: input.mtu ?? 0,
        domain: input.domain ?? '',
      },
      poolsOf(definition).flatMap(freeRanges),
    );
    await audit(
      tx,
      caller,
      'network.create',
      { kind: 'network', id, name: input.name, project: project || null },
      null,
    );
    return id;
  }
}

function definitionOf(input: CreateNetworkInput): NetworkDefinition {
  const managed = input.kind === 'managed';
  const { cidr = '', cidrV6 = '' } = input;
  const gateway = (given: string | undefined, network: string) =>
    given ?? (managed && parseCidr(network) ? defaultGateway(network) : '');
  return {
    kind: input.kind,
    bridge: input.bridge ?? '',
    vlan: input.vlan ?? 0,
    cidrV4: cidr,
    gatewayV4: gateway(input.gateway, cidr),
    cidrV6,
    gatewayV6: gateway(input.gatewayV6, cidrV6),
    dns: input.dns ?? [],
    dhcp: input.dhcp ?? managed,
    nat: input.nat ?? managed,
    antiSpoofing: input.antiSpoofing ?? managed,
    ranges: input.ranges ?? [],
    reserved: input.reserved ?? [],
  };
}

/** Two that come at the same time meet at the constraint of the table; the later one is done again and ends here. */
async function refuseOverlap(tx: Tx, { kind, cidrV4, cidrV6 }: NetworkDefinition): Promise<void> {
  if (kind !== 'managed') return;
  const names = await tx.networks.overlapping([cidrV4, cidrV6].filter((it) => it !== ''));
  if (names.length === 0) return;
  const message = `has addresses in common with the managed networks ${names.join(', ')}`;
  throw invalidInput([{ field: cidrV4 ? 'cidr' : 'cidrV6', code: 'overlap', message }]);
}
