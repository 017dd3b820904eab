import { describe, expect, it } from '@jest/globals';
import { judgeNetworks, type NetworkSurroundings } from './abilities.js';

const TUN = { uid: 0, gid: 0, mode: 0o20666 };
const able: NetworkSurroundings = {
  status: 'CapEff:\t0000000000003400\n',
  programs: ['ip', 'nft', 'dnsmasq'],
  tun: TUN,
};
const qemu = { uid: 64055, gid: 107 };

describe('what a host can do about networks', () => {
  it('is everything with three rights, three programs and /dev/net/tun', () => {
    expect(judgeNetworks(able, qemu)).toEqual({ bridgedReason: '', managedReason: '' });
  });

  it('is less without, and says what is missing', () => {
    expect(
      judgeNetworks({ status: 'CapEff:\t0000000000000000\n', programs: [], tun: undefined }, qemu),
    ).toEqual({
      bridgedReason:
        'the operator lacks CAP_NET_ADMIN; the host lacks ip (iproute2), nft (nftables); the host lacks /dev/net/tun',
      managedReason:
        'the operator lacks CAP_NET_ADMIN, CAP_NET_BIND_SERVICE, CAP_NET_RAW; the host lacks ip (iproute2), nft (nftables), dnsmasq (dnsmasq-base); the host lacks /dev/net/tun',
    });
  });

  it('is only bridges that exist without a DHCP server', () => {
    expect(judgeNetworks({ ...able, programs: ['ip', 'nft'] }, qemu)).toEqual({
      bridgedReason: '',
      managedReason: 'the host lacks dnsmasq (dnsmasq-base)',
    });
  });

  it.each([
    [{ uid: 0, gid: 0, mode: 0o20600 }, qemu, "QEMU's user may not open /dev/net/tun"],
    [{ uid: 0, gid: 0, mode: 0o20600 }, { uid: 0, gid: 0 }, ''],
    [{ uid: 0, gid: 107, mode: 0o20660 }, qemu, ''],
    [{ uid: 64055, gid: 0, mode: 0o20600 }, qemu, ''],
  ])('depends on who may open %j as %j', (tun, user, reason) => {
    expect(judgeNetworks({ ...able, tun }, user).bridgedReason).toBe(reason);
  });
});
