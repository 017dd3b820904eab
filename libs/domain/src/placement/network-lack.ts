import type { NicKind } from '#libs/contracts';

/** What a host told of itself. */
export interface HostNetworks {
  managed: boolean;
  reason: string;
  bridges: string[];
}

export interface WantedNetwork {
  name: string;
  kind: NicKind;
  bridge: string;
}

/** Why a host cannot have a NIC in this network; undefined when it can. Pure. */
export function networkLack(network: WantedNetwork, host: HostNetworks | undefined): string | undefined {
  switch (network.kind) {
    case 'user':
      return undefined;
    case 'bridge':
      if (host?.bridges.includes(network.bridge)) return undefined;
      return `has no bridge ${network.bridge}, which the network ${network.name} is on`;
    case 'managed':
      if (host?.managed) return undefined;
      return `cannot make the network ${network.name}: ${host?.reason || 'its operator does not offer it'}`;
  }
}
