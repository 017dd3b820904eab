import { describe, expect, it } from '@jest/globals';
import { desiredVm } from '#libs/testing';
import { storagePaths } from '../storage/paths.js';
import { qemuSpec } from './qemu-spec.js';

const paths = storagePaths('/s', '/r');
const qemu = { binary: 'qemu', accelerator: 'tcg' as const };
const VM = '0198b1f0-7a11-7c3e-9d55-1f2e3d4c5b6a';
const DISK = '0198b1f0-7a11-7c3e-9d55-aaaaaaaaaaaa';
const digest = 'a'.repeat(64);

describe('what QEMU is started with', () => {
  it('lays each disk upon its image, with paths made of ids alone', () => {
    const image = { templateId: '', digest, format: 'raw' as const, fileBytes: 1, virtualBytes: 1 };
    const disks = [{ diskId: DISK, bootOrder: 1, sizeBytes: 1, image, readOnly: false }];
    const spec = qemuSpec(desiredVm({ vmId: VM, disks, name: '../../etc' }), paths, qemu);
    expect(spec.disks).toEqual([
      {
        id: DISK,
        layers: [
          { path: `/s/disks/${VM}/${DISK}.qcow2`, format: 'qcow2' },
          { path: `/s/images/${digest}`, format: 'raw' },
        ],
        readOnly: false,
        bootIndex: 1,
      },
    ]);
    expect(spec.qmpSocket).toBe('/r/1f2e3d4c5b6a/qmp.sock');
    expect(JSON.stringify(spec)).not.toContain('etc');
  });

  it('leaves a disk that is not booted from out of the order', () => {
    const disks = [{ diskId: DISK, bootOrder: 0, sizeBytes: 1, readOnly: true }];
    expect(qemuSpec(desiredVm({ vmId: VM, disks }), paths, qemu).disks[0]).toMatchObject({
      layers: [{ format: 'qcow2' }],
      bootIndex: undefined,
      readOnly: true,
    });
  });

  it('is refused for firmware that this host cannot start', () => {
    const vm = desiredVm({ vmId: VM });
    const uefi = { ...vm, machine: { ...vm.machine, firmware: 'uefi' as const } };
    expect(() => qemuSpec(uefi, paths, qemu)).toThrow('UEFI');
  });
});
