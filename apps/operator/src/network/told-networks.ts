import type { NetworkAbilities } from '#libs/contracts';
import type { Host } from '../host.js';
import { foreignBridges } from './abilities.js';
import { bridgeName } from './network-names.js';

/** For the heartbeat. */
export async function toldNetworks({ networks }: Pick<Host, 'networks'>): Promise<NetworkAbilities> {
  const { bridgedReason, managedReason } = networks.ability;
  const own = new Set([...networks.records.networks.keys()].map(bridgeName));
  // One that no NIC can be put on is none.
  const bridges = bridgedReason === '' ? await foreignBridges(own) : [];
  return { managed: managedReason === '', reason: managedReason, bridges };
}
