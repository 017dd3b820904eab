import { describe, expect, it } from '@jest/globals';
import { exitCodeOf } from '../exit-code-of.js';
import { EXIT } from '../exit-codes.js';
import { endingOf } from './close-error.js';
import { cutAtEscape, keyName, parseEscape } from './escape-key.js';
import { ownerOfConnection } from './owner-of-connection.js';

describe('the key that leaves a console', () => {
  it.each([
    ['^]', 0x1d, 'Ctrl-]'],
    ['^A', 1, 'Ctrl-A'],
    ['^a', 1, 'Ctrl-A'],
    ['^^', 30, 'Ctrl-^'],
  ])('%s', (text, key, name) => {
    expect([parseEscape(text), keyName(key)]).toEqual([key, name]);
  });

  it('may be none, and is nothing else', () => {
    expect(parseEscape('none')).toBeUndefined();
    for (const wrong of ['', ']', '^', '^AB', '~.'])
      expect(() => parseEscape(wrong)).toThrow('no control key');
  });

  it('is not typed, nor what comes after it', () => {
    const bytes = Buffer.from('ab\u001dcd');
    expect(cutAtEscape(bytes, 0x1d)).toEqual({ typed: Buffer.from('ab'), left: true });
    expect(cutAtEscape(bytes, undefined)).toEqual({ typed: bytes, left: false });
    expect(cutAtEscape(bytes, 1)).toEqual({ typed: bytes, left: false });
  });
});

describe('the end of a console', () => {
  it.each([
    [4401, 'revoked: The token is no longer valid.', EXIT.denied, 'revoked'],
    [4404, 'not_found: There is no such VM.', EXIT.notFound, 'not_found'],
    [4409, 'invalid_state: The VM does not run.', EXIT.refused, 'invalid_state'],
    [4408, 'too-slow: The console said more than was read.', EXIT.refused, 'too-slow'],
    [4503, 'lost: The host is not heard any more.', EXIT.unreachable, 'lost'],
    [1001, 'leaving: A service of VMAN goes down.', EXIT.unreachable, 'leaving'],
    [1006, '', EXIT.unreachable, 'unavailable'],
  ])('by %d %s has an exit code', (code, reason, exit, word) => {
    const ending = endingOf(code, reason);
    if (ending.kind !== 'error') throw new Error(ending.kind);
    expect([exitCodeOf(ending.error), ending.error.code]).toEqual([exit, word]);
  });

  it('by the guest or by its viewer is none that fails', () => {
    expect([endingOf(1000, '').kind, endingOf(4000, 'vm-stopped: x').kind]).toEqual(['closed', 'vm-stopped']);
  });
});

it('the kernel tells whose a connection over loopback is', () => {
  const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1CE8 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 101
   1: 0100007F:1CE8 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 102
   2: 0100007F:C350 0100007F:1CE8 01 00000000:00000000 00:00000000 00000000  1000        0 103
`;
  expect(ownerOfConnection(table, 50_000, 7_400)).toBe(1000);
  expect(ownerOfConnection(table, 50_001, 7_400)).toBeUndefined();
  expect(ownerOfConnection('', 50_000, 7_400)).toBeUndefined();
});
