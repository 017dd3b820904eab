import { describe, expect, it } from '@jest/globals';
import { networkLack } from './network-lack.js';

describe('a host', () => {
  const host = { managed: true, reason: '', bridges: ['br0'] };

  it('has the user network, the bridges that it tells of, and managed ones when it can make them', () => {
    expect(networkLack({ name: 'user', kind: 'user', bridge: '' }, undefined)).toBeUndefined();
    expect(networkLack({ name: 'lan', kind: 'bridge', bridge: 'br0' }, host)).toBeUndefined();
    expect(networkLack({ name: 'lan', kind: 'managed', bridge: 'vb1' }, host)).toBeUndefined();
  });

  it('says what it lacks', () => {
    expect(networkLack({ name: 'lan', kind: 'bridge', bridge: 'br1' }, host)).toContain('no bridge br1');
    const managed = { name: 'lan', kind: 'managed', bridge: 'vb1' } as const;
    expect(networkLack(managed, { ...host, managed: false, reason: 'no CAP_NET_ADMIN' })).toContain(
      'no CAP_NET_ADMIN',
    );
    expect(networkLack(managed, undefined)).toContain('its operator does not offer it');
  });
});
