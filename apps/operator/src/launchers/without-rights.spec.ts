import { describe, expect, it } from '@jest/globals';
import { isAmbient, withoutRights } from './without-rights.js';

describe('QEMU of an operator with rights of its own', () => {
  it.each([
    ['CapAmb:\t0000000000000000\n', false],
    ['CapEff:\t0000000000003400\nCapAmb:\t0000000000003400\n', true],
    ['CapAmb:\t000001ffffffffff\n', true],
  ])('inherits them when %j says so', (status, ambient) => {
    expect(isAmbient(status)).toBe(ambient);
  });

  it('is started without them', () => {
    expect(withoutRights('qemu', ['-S'])).toEqual({
      binary: 'setpriv',
      args: ['--ambient-caps=-all', '--', 'qemu', '-S'],
    });
  });
});
