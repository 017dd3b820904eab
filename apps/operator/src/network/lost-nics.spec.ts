import { describe, expect, it } from '@jest/globals';
import { managedNetwork, nicIn } from '../../../../test/operator/network-builders.js';
import type { Link } from './links.js';
import { lostNics } from './lost-nics.js';
import { type BridgedNic, bridgeOf, networkTable, tapName } from './network-names.js';

const nic = nicIn(managedNetwork(), '10.77.0.11') as BridgedNic;
const foreign = nicIn(managedNetwork({ bridge: 'br0', nat: false }), '10.77.0.12', {
  kind: 'bridge',
}) as BridgedNic;

const link = (fields: Partial<Link>): Link => ({
  name: '',
  kind: '',
  alias: '',
  master: '',
  mtu: 1500,
  filtersVlans: false,
  ...fields,
});
const linksOf = (it: BridgedNic): Link[] => [
  link({ name: bridgeOf(it), kind: 'bridge' }),
  link({ name: tapName(it.nicId), kind: 'tun', master: bridgeOf(it) }),
];
const filterOf = (it: BridgedNic) => ({
  tables: new Set([`inet ${networkTable(it.network.networkId)}`]),
  guarded: new Set([tapName(it.nicId)]),
});
const isLost = (it: BridgedNic, links = linksOf(it), filter = filterOf(it)) =>
  lostNics([it], { links, filter }).length === 1;

describe('a NIC on a bridge', () => {
  it('has lost nothing while all of it is there', () => {
    expect([isLost(nic), isLost(foreign)]).toEqual([false, false]);
  });

  it('has lost something without its guard, its NAT, its bridge, or its place on that', () => {
    expect(isLost(nic, linksOf(nic), { ...filterOf(nic), guarded: new Set() })).toBe(true);
    expect(isLost(nic, linksOf(nic), { ...filterOf(nic), tables: new Set() })).toBe(true);
    expect(isLost(nic, linksOf(nic).slice(1))).toBe(true);
    const off = linksOf(nic).map((it) => ({ ...it, master: '' }));
    expect(isLost(nic, off)).toBe(true);
  });

  it('needs no guard and no NAT that its network does not ask for', () => {
    const open = { ...nic, network: { ...nic.network, antiSpoofing: false, nat: false } };
    expect(isLost(open, linksOf(nic), { tables: new Set(), guarded: new Set() })).toBe(false);
  });

  it('is left alone where nothing can be made again: without a tap, and without a bridge of somebody else', () => {
    expect(isLost(nic, linksOf(nic).slice(0, 1), { tables: new Set(), guarded: new Set() })).toBe(false);
    expect(isLost(foreign, linksOf(foreign).slice(1))).toBe(false);
    expect(
      isLost(
        foreign,
        linksOf(foreign).map((it) => ({ ...it, master: '' })),
      ),
    ).toBe(true);
  });
});
