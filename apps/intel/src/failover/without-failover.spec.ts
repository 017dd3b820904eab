import { expect, it } from '@jest/globals';
import { withoutFailover } from './without-failover.js';

const shared = { name: 'far', kind: 'shared-dir' as const };
const local = { name: 'local', kind: 'dir' as const };

it('says which pools keep a VM without failover on its host', () => {
  expect(withoutFailover([shared])).toEqual(['it is not placed again: its failover is off']);
  expect(withoutFailover([shared, local, local, undefined])).toEqual([
    'it is not placed again: its failover is off',
    'its disks could not follow: not on a shared pool, but in local, the folder of its host',
  ]);
});
