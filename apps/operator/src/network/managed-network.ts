/**
 * Makes one managed network whole: record, bridge, table, forwarding, DHCP server, in an order in which a kill at any
 * point leaves what the next call completes or removes. Its caller sees to it that only one works on it at a time.
 */
import type { Clock } from '#libs/clock';
import { failpoint } from '#libs/config';
import type { NicNetwork } from '#libs/contracts';
import { isAlive } from '../runtime/proc.js';
import { ensureBridge, removeBridge } from './bridges.js';
import { startDhcpServer, stopDhcpServers } from './dhcp-server.js';
import { dnsmasqArguments } from './dnsmasq-arguments.js';
import { allowForwarding } from './forwarding.js';
import { natScript, noNatScript } from './nat-rules.js';
import { bridgeName } from './network-names.js';
import type { NetworkRecords } from './network-records.js';
import { runTool } from './run-tool.js';

export interface NetworkPlace {
  hostId: string;
  records: NetworkRecords;
  clock: Clock;
}

/** Throws `network_unavailable`. */
export async function ensureManagedNetwork(place: NetworkPlace, network: NicNetwork): Promise<void> {
  const { hostId, records } = place;
  const { networkId, nat } = network;
  const { server } = records.networks.get(networkId) ?? {};
  const shared = withoutAddresses(network);
  await records.putNetwork({ network: shared, server });
  await failpoint('operator.network.recorded');
  const bridge = bridgeName(networkId);
  // A server that is bound to a bridge which is gone hears nothing of the new one.
  if ((await ensureBridge(hostId, shared)) === 'made')
    await stopDhcpServers(records.leases(networkId), place.clock);
  await runTool('nft', ['-f', '-'], nat ? natScript(bridge, shared) : noNatScript(networkId));
  await allowForwarding(bridge);
  await failpoint('operator.network.made');
  if (network.dhcp) await ensureServer(place, shared);
  else await stopDhcpServers(records.leases(networkId), place.clock);
}

/** Its DHCP server runs, with these arguments; one that does is left alone. */
export async function ensureServer({ records, clock }: NetworkPlace, network: NicNetwork): Promise<void> {
  const { networkId } = network;
  const leases = records.leases(networkId);
  const args = dnsmasqArguments(network, {
    bridge: bridgeName(networkId),
    hosts: records.hosts(networkId),
    leases,
  });
  const { server } = records.networks.get(networkId) ?? {};
  if (server && (await isAlive(server.identity)) && String(server.args) === String(args)) return;
  await stopDhcpServers(leases, clock);
  const identity = await startDhcpServer(args, records.log(networkId), clock);
  await failpoint('operator.network.serving');
  await records.putNetwork({ network, server: { identity, args } });
}

/** Takes all of it away, whatever of it is there; the record goes last. */
export async function removeManagedNetwork(place: NetworkPlace, networkId: string): Promise<void> {
  const { hostId, records, clock } = place;
  await stopDhcpServers(records.leases(networkId), clock);
  await runTool('nft', ['-f', '-'], noNatScript(networkId));
  await removeBridge(hostId, networkId);
  await records.removeNetwork(networkId);
}

/** The part that all NICs of a network have in common. */
function withoutAddresses(network: NicNetwork): NicNetwork {
  return { ...network, addresses: [] };
}
