import { describe, expect, it } from '@jest/globals';
import { desiredVm } from '#libs/testing';
import type { Host } from '../host.js';
import { storagePaths } from '../storage/paths.js';
import { qemuSpec } from './qemu-spec.js';

const pools = { diskPath: (poolId = 'local', diskId: string) => `/p/${poolId}/${diskId}.qcow2` };
const host = {
  paths: storagePaths('/s', '/r'),
  pools: pools as Host['pools'],
  qemu: { binary: 'qemu', accelerator: 'tcg' as const },
};
const bios = { firmware: { kind: 'bios' as const } };
const VM = '0198b1f0-7a11-7c3e-9d55-1f2e3d4c5b6a';
const DISK = '0198b1f0-7a11-7c3e-9d55-aaaaaaaaaaaa';
const digest = 'a'.repeat(64);

describe('what QEMU is started with', () => {
  it('lays each disk upon its image, with paths made of ids alone', () => {
    const image = { templateId: '', digest, format: 'raw' as const, fileBytes: 1, virtualBytes: 1 };
    const disks = [
      {
        diskId: DISK,
        bootOrder: 1,
        sizeBytes: 1,
        image,
        readOnly: false,
        cache: 'none' as const,
        discard: 'ignore' as const,
      },
    ];
    const spec = qemuSpec(desiredVm({ vmId: VM, disks, name: '../../etc' }), host, bios);
    expect(spec.disks).toEqual([
      {
        id: DISK,
        cache: 'none',
        discard: false,
        layers: [
          { path: `/p/local/${DISK}.qcow2`, format: 'qcow2' },
          { path: `/s/images/${digest}`, format: 'raw' },
        ],
        port: 0,
        readOnly: false,
        bootIndex: 1,
      },
    ]);
    expect(spec.qmpSocket).toBe('/r/1f2e3d4c5b6a/qmp.sock');
    expect(JSON.stringify(spec)).not.toContain('etc');
  });

  it('leaves a disk that is not booted from out of the order', () => {
    const disks = [{ diskId: DISK, bootOrder: 0, sizeBytes: 1, readOnly: true }];
    expect(qemuSpec(desiredVm({ vmId: VM, disks }), host, bios).disks[0]).toMatchObject({
      layers: [{ format: 'qcow2' }],
      bootIndex: undefined,
      readOnly: true,
    });
  });

  it('gives the guest the machine and the firmware that were fixed by its first launch', () => {
    const firmware = { kind: 'uefi', codePath: '/o/code.fd', varsPath: '/s/vars.fd' } as const;
    const spec = qemuSpec(desiredVm({ vmId: VM }), host, { machineVersion: '7.1', firmware });
    expect(spec).toMatchObject({ machine: { type: 'q35', version: '7.1' }, firmware });
  });

  it('has a screen on a socket of its own, and a watchdog, only where they are asked for', () => {
    const vm = desiredVm({ vmId: VM });
    const bare = qemuSpec(vm, host, bios);
    expect([bare.vncSocket, bare.watchdog]).toEqual([undefined, undefined]);
    const machine = { ...vm.machine, vnc: true, watchdog: 'reset' as const };
    const full = qemuSpec({ ...vm, machine }, host, bios);
    expect([full.vncSocket, full.watchdog]).toEqual(['/r/1f2e3d4c5b6a/vnc.sock', 'reset']);
    const none = qemuSpec({ ...vm, machine: { ...machine, watchdog: 'none' } }, host, bios);
    expect(none.watchdog).toBeUndefined();
  });
});
