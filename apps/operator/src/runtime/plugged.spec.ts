import { describe, expect, it } from '@jest/globals';
import { shapeOf } from '#libs/domain';
import { diskDeviceId, nicDeviceId } from '#libs/qemu';
import { desiredVm } from '#libs/testing';
import { moduleDeviceId, pluggedCpuId, readPlugged } from './plugged.js';

const DISK = '0198b1f0-7a11-7c3e-9d55-aaaaaaaaaaaa';
const NIC = '0198b1f0-7a11-7c3e-9d55-cccccccccccc';
const shape = shapeOf(
  desiredVm({
    disks: [{ diskId: DISK, bootOrder: 1, sizeBytes: 1, readOnly: false }],
    nics: [{ nicId: NIC, mac: '52:54:00:00:00:01', kind: 'user', forwards: [] }],
  }),
);

describe('what was plugged', () => {
  it('is read from the names of the devices', () => {
    const module = { moduleId: 'dimm1', sizeMib: 256 };
    const names = ['type', 'rp0', diskDeviceId(DISK), pluggedCpuId(2), moduleDeviceId(module), 'balloon0'];
    expect(readPlugged(shape, names)).toEqual({ vcpus: 2, modules: [module], missing: [NIC] });
    expect(readPlugged(shape, [diskDeviceId(DISK), nicDeviceId(NIC)])).toEqual({
      vcpus: 1,
      modules: [],
      missing: [],
    });
  });
});
