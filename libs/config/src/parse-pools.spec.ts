import { describe, expect, it } from '@jest/globals';
import { parsePools } from './parse-pools.js';

describe('the pools of a host', () => {
  it('are a list of names, kinds and absolute folders', () => {
    expect(parsePools(' fast=dir:/mnt/nvme , far=shared-dir:nfs', '/srv')).toEqual({
      ok: true,
      value: [
        { name: 'fast', kind: 'dir', folder: '/mnt/nvme' },
        { name: 'far', kind: 'shared-dir', folder: '/srv/nfs' },
      ],
    });
    expect(parsePools('', '/')).toEqual({ ok: true, value: [] });
  });

  it.each([
    ['local=dir:/a', 'names no pool'],
    ['Fast=dir:/a', 'names no pool'],
    ['fast=rbd:/a', 'names no pool'],
    ['fast', 'names no pool'],
    ['a=dir:/x,a=dir:/y', 'twice'],
    ['a=dir:/x,b=dir:/x/', 'twice'],
  ])('are not %s', (text, problem) => {
    expect(parsePools(text, '/')).toMatchObject({ ok: false, problem: expect.stringContaining(problem) });
  });
});
