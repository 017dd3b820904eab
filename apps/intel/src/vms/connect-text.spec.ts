import { describe, expect, it } from '@jest/globals';
import { connectText } from './connect-text.js';

describe('a port forward', () => {
  const text = (guestPort: number, fields: object = {}) =>
    connectText(
      { protocol: 'tcp', hostAddress: '127.0.0.1', hostPort: 30_001, guestPort, ...fields },
      'alpha',
    );

  it('says how to reach what is behind it', () => {
    expect(text(22)).toBe('ssh -p 30001 127.0.0.1');
    expect(text(80)).toBe('http://127.0.0.1:30001');
    expect(text(443)).toBe('https://127.0.0.1:30001');
    expect(text(3389)).toBe('rdp://127.0.0.1:30001');
    expect(text(5432)).toBe('nc 127.0.0.1 30001');
    expect(text(53, { protocol: 'udp' })).toBe('nc -u 127.0.0.1 30001');
  });

  it('that listens on all addresses names its host', () => {
    expect(text(22, { hostAddress: '0.0.0.0' })).toBe('ssh -p 30001 alpha');
  });
});
