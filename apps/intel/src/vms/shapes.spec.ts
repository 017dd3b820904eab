import { describe, expect, it } from '@jest/globals';
import { checkShape } from './check-shape.js';
import { planDisks } from './plan-disks.js';

const context = { vmId: 'v', project: 'p', template: undefined, free: new Map() };
const ordersOf = (orders: (number | undefined)[]) => {
  const disks = orders.map((bootOrder) => ({ sizeGiB: 1, bootOrder }));
  return planDisks(disks, context).insert.map((disk) => disk.bootOrder);
};

describe('the shape of a machine', () => {
  it('may have UEFI and a screen, but not as a microvm: both are refused at once', () => {
    for (const machine of ['q35', 'pc'] as const) checkShape({ machine, firmware: 'uefi', vnc: true });
    checkShape({ machine: 'microvm', firmware: 'bios', vnc: false });
    const odd = () => checkShape({ machine: 'microvm', firmware: 'uefi', vnc: true });
    expect(odd).toThrow(expect.objectContaining({ code: 'invalid_input' }));
    expect(odd).toThrow(
      expect.objectContaining({
        fields: [expect.objectContaining({ field: 'firmware' }), expect.objectContaining({ field: 'vnc' })],
      }),
    );
  });
});

describe('the boot order of disks', () => {
  it('is that of the list when no disk names its own', () => {
    expect(ordersOf([undefined, undefined])).toEqual([1, 2]);
  });

  it('is as asked for; disks without one are then not booted from', () => {
    expect(ordersOf([undefined, 7, 0, 3])).toEqual([0, 7, 0, 3]);
  });

  it('has one disk a place', () => {
    expect(() => ordersOf([4, 4, 0, 0])).toThrow(
      expect.objectContaining({ fields: [expect.objectContaining({ field: 'disks[1].bootOrder' })] }),
    );
  });
});
