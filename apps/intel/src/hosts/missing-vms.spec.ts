import { describe, expect, it } from '@jest/globals';
import { vmReport } from '#libs/testing';
import { missingVms } from './missing-vms.js';

describe('VMs that a host lost', () => {
  const there = vmReport();
  const known = [
    { id: there.vmId, revStart: 1, revSeq: 1 },
    { id: 'lost', revStart: 1, revSeq: 4 },
    { id: 'on-its-way', revStart: 0, revSeq: 0 },
  ];

  it('are those that it reported once and that its whole inventory lacks', () => {
    expect(missingVms({ complete: true, vms: [there] }, known)).toEqual(['lost']);
  });

  it('are none while the inventory is not complete', () => {
    expect(missingVms({ complete: false, vms: [] }, known)).toEqual([]);
  });
});
