import { describe, expect, it } from '@jest/globals';
import { managedNetwork, nicIn } from '../../../../test/operator/network-builders.js';
import type { BridgedNic } from './network-names.js';
import { dropForeignLeases, reservationLine } from './reservation.js';

const nic = { ...nicIn(managedNetwork(), '10.77.0.11'), mac: '52:54:00:00:00:0a' } as BridgedNic;
const change = (fields: Partial<BridgedNic['network']>): BridgedNic => ({
  ...nic,
  network: { ...nic.network, ...fields },
});

describe('a reservation', () => {
  it('promises a NIC its addresses and the name of its VM', () => {
    const addresses = [
      { address: '10.77.0.11', prefix: 24, source: 'dhcp' },
      { address: 'fd00::b', prefix: 64, source: 'dhcp' },
      { address: '10.77.0.12', prefix: 24, source: 'static' },
    ];
    expect(reservationLine(change({ addresses }), 'web')).toBe(
      '52:54:00:00:00:0a,10.77.0.11,[fd00::b],web\n',
    );
  });

  it('leaves out a name that is none for DHCP', () => {
    expect(reservationLine(nic, 'web_1,ignore')).toBe('52:54:00:00:00:0a,10.77.0.11\n');
  });

  it('is not made where the host gives nothing out', () => {
    expect(reservationLine(change({ dhcp: false }), 'web')).toBeUndefined();
    expect(reservationLine(change({ addresses: [] }), 'web')).toBeUndefined();
  });
});

describe('leases', () => {
  const mine = '99 52:54:00:00:00:0A 10.77.0.11 web *';
  const foreign = '99 52:54:00:00:00:99 10.77.0.11 old *';
  const other = '99 52:54:00:00:00:99 10.77.0.12 old *';

  it('of an address that is promised to another NIC are dropped, and no others', () => {
    expect(dropForeignLeases([mine, other, ''].join('\n'), nic)).toBeUndefined();
    const six = change({ addresses: [{ address: 'fd00::b', prefix: 64, source: 'dhcp' }] });
    const leased = (mac: string) => `duid 00:01\n99 1 fd00::b web 00:03:00:01:${mac}\n`;
    expect(dropForeignLeases(leased('52:54:00:00:00:0a'), six)).toBeUndefined();
    expect(dropForeignLeases(leased('52:54:00:00:00:99'), six)).toBe('duid 00:01\n');
    expect(dropForeignLeases([foreign, other, ''].join('\n'), nic)).toBe([other, ''].join('\n'));
  });
});
