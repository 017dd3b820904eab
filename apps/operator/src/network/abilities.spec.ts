import { describe, expect, it } from '@jest/globals';
import { judgeNetworks, type NetworkSurroundings } from './abilities.js';

const able: NetworkSurroundings = {
  status: 'CapEff:\t0000000000003400\n',
  programs: ['ip', 'nft', 'dnsmasq'],
  tapFault: undefined,
};

describe('what a host can do about networks', () => {
  it('is everything with three rights, three programs and /dev/net/tun', () => {
    expect(judgeNetworks(able)).toEqual({ bridgedReason: '', managedReason: '' });
  });

  it('is less without, and says what is missing', () => {
    const nothing = { programs: [], tapFault: 'the host lacks /dev/net/tun' };
    expect(judgeNetworks({ status: 'CapEff:\t0000000000000000\n', ...nothing })).toEqual({
      bridgedReason:
        'the operator lacks CAP_NET_ADMIN; the host lacks ip (iproute2), nft (nftables); the host lacks /dev/net/tun',
      managedReason:
        'the operator lacks CAP_NET_ADMIN, CAP_NET_BIND_SERVICE, CAP_NET_RAW; the host lacks ip (iproute2), nft (nftables), dnsmasq (dnsmasq-base); the host lacks /dev/net/tun',
    });
  });

  it('is only bridges that exist without a DHCP server', () => {
    expect(judgeNetworks({ ...able, programs: ['ip', 'nft'] })).toEqual({
      bridgedReason: '',
      managedReason: 'the host lacks dnsmasq (dnsmasq-base)',
    });
  });
});
