import type { Link } from './links.js';
import { type BridgedNic, bridgeOf, networkTable, tapName } from './network-names.js';
import type { FilterSeen } from './read-filter.js';

/** What there is on the host. */
export interface SeenOnHost {
  links: readonly Link[];
  filter: FilterSeen;
}

/**
 * NICs that lack something which was made for them: a restart of the host's firewall flushes rules, one of its networks
 * takes ports off bridges. One without a tap is none of them, since a new tap is not the one that its machine has open;
 * nor is one whose bridge VMAN cannot make again. Pure.
 */
export function lostNics(nics: readonly BridgedNic[], { links, filter }: SeenOnHost): BridgedNic[] {
  return nics.filter((nic) => {
    const { networkId, nat, antiSpoofing } = nic.network;
    const tap = links.find((it) => it.name === tapName(nic.nicId));
    const bridge = links.find((it) => it.name === bridgeOf(nic));
    if (!tap || (!bridge && nic.kind !== 'managed')) return false;
    const unguarded = antiSpoofing && !filter.guarded.has(tap.name);
    const closed = nic.kind === 'managed' && nat && !filter.tables.has(`inet ${networkTable(networkId)}`);
    return unguarded || closed || !bridge || tap.master !== bridge.name;
  });
}
