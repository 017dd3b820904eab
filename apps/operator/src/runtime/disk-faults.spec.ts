import { describe, expect, it } from '@jest/globals';
import type { BlockDeviceInfo } from '#libs/qemu';
import { DiskFaults, faultsOf } from './disk-faults.js';

const ONE = '0198b1f0-7a11-7c3e-9d55-aaaaaaaaaaaa';
const TWO = '0198b1f0-7a11-7c3e-9d55-bbbbbbbbbbbb';
const block = (qdev: string, status?: BlockDeviceInfo['io-status']): BlockDeviceInfo => ({
  device: '',
  qdev,
  'io-status': status,
});
const full = [block('/machine/peripheral/vdaaaaaaaaaaaa/virtio-backend', 'nospace')];

describe('the faults of disks', () => {
  it('name each disk that is not well by what QEMU says of its device', () => {
    const blocks = [
      ...full,
      block('vdbbbbbbbbbbbb', 'failed'),
      block('vdseed', 'ok'),
      block('/machine/unattached/device[3]', 'failed'),
      block('floppy'),
    ];
    expect(faultsOf(blocks, [ONE, TWO])).toEqual([
      { diskId: ONE, kind: 'no-space' },
      { diskId: TWO, kind: 'io-error' },
      { diskId: '', kind: 'io-error' },
    ]);
  });

  it('keep their beginning while the guest stands still', () => {
    const faults = new DiskFaults();
    faults.stopped(full, [ONE], 1_000, 0);
    faults.stopped(full, [ONE], 9_000, 8_000);
    expect(faults.list).toEqual([{ diskId: ONE, kind: 'no-space', sinceMs: 1_000, retries: 0 }]);
    expect(faults.stoppedAt).toBe(0);
  });

  it('count the tries until the guest ran well for a while', () => {
    const faults = new DiskFaults();
    faults.stopped(full, [ONE], 0, 0);
    faults.retried(1_000);
    faults.stopped(full, [ONE], 0, 1_001);
    expect(faults.list[0]?.retries).toBe(1);
    faults.retried(3_000);
    faults.clear();
    expect(faults.list).toEqual([]);
    faults.stopped(full, [ONE], 0, 64_000);
    expect(faults.list[0]?.retries).toBe(0);
  });
});
