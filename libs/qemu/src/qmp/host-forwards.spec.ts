import { describe, expect, it } from '@jest/globals';
import { addHostForward, parseUserNetworks, removeHostForward } from './host-forwards.js';
import type { QmpClient } from './qmp-client.js';

const NIC = '0198b1f0-7a11-7c3e-9d55-cccccccccccc';
const forward = { protocol: 'tcp', hostAddress: '127.0.0.1', hostPort: 8080, guestPort: 80 } as const;
const answering = (text: string): QmpClient => ({ execute: async () => text }) as unknown as QmpClient;

describe('port forwards by text', () => {
  it('reads the forwards of each network and nothing else', () => {
    const text = [
      'Hub -1 (n0):',
      '  Protocol[State]    FD  Source Address  Port   Dest. Address  Port RecvQ SendQ',
      '  TCP[HOST_FORWARD]   8       127.0.0.1 18999       10.0.2.15    80     0     0',
      '  TCP[ESTABLISHED]   31       10.0.2.15 41234      203.0.113.9   443     0     0',
      '  UDP[HOST_FORWARD]   9               *  5353       10.0.2.15    53     0     0',
      'Hub -1 (n1):',
      '',
    ].join('\r\n');
    expect([...parseUserNetworks(text)]).toEqual([
      [
        'n0',
        [
          { protocol: 'tcp', hostAddress: '127.0.0.1', hostPort: 18999, guestPort: 80 },
          { protocol: 'udp', hostAddress: '0.0.0.0', hostPort: 5353, guestPort: 53 },
        ],
      ],
      ['n1', []],
    ]);
  });

  it('refuses a rule that could hold other words', async () => {
    const bad = { ...forward, hostAddress: '127.0.0.1:1-:2 ; quit' };
    await expect(addHostForward(answering(''), NIC, bad)).rejects.toThrow(/must be an IPv4 address/);
    await expect(removeHostForward(answering(''), NIC, { ...forward, hostPort: 0 })).rejects.toThrow(
      /hostPort/,
    );
  });

  it('takes an unknown answer to a removal as a fault', async () => {
    await expect(removeHostForward(answering("unrecognized netdev id 'x'"), NIC, forward)).rejects.toThrow(
      /unrecognized/,
    );
  });
});
