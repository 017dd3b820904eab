import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { findOvmf } from './find-ovmf.js';
import { newestMachineVersion, requireMachineVersion } from './machine-version.js';
import type { QemuBinary } from './probe-binary.js';

const binary: QemuBinary = {
  path: '/usr/bin/qemu-system-x86_64',
  version: '7.2.22',
  major: 7,
  minor: 2,
  machines: [
    { name: 'q35', aliasOf: 'pc-q35-7.2' },
    { name: 'pc-q35-7.2' },
    { name: 'pc-q35-6.0' },
    { name: 'pc', aliasOf: 'pc-i440fx-7.1' },
    { name: 'pc-i440fx-7.1' },
    { name: 'microvm' },
  ],
};

describe('the version of a machine', () => {
  it('is what the alias of its type stands for', () => {
    expect(newestMachineVersion(binary, 'q35')).toBe('7.2');
    expect(newestMachineVersion(binary, 'pc')).toBe('7.1');
    expect(newestMachineVersion(binary, 'microvm')).toBeUndefined();
    expect(newestMachineVersion({ ...binary, machines: [] }, 'q35')).toBeUndefined();
  });

  it('that a QEMU no longer has is refused by its name', () => {
    requireMachineVersion(binary, 'q35', '6.0');
    requireMachineVersion(binary, 'microvm', '6.0');
    expect(() => requireMachineVersion(binary, 'pc', '2.0')).toThrow('no machine pc-i440fx-2.0');
  });
});

describe('UEFI firmware', () => {
  it('is found as a pair of code and variables that fit each other', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'ovmf-'));
    try {
      for (const name of ['OVMF_CODE_4M.fd', 'OVMF_CODE.fd', 'OVMF_VARS.fd']) {
        await writeFile(join(folder, name), '');
      }
      expect(await findOvmf(folder)).toEqual({
        codePath: join(folder, 'OVMF_CODE.fd'),
        varsTemplatePath: join(folder, 'OVMF_VARS.fd'),
      });
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('that is not there is refused with the name of its package', async () => {
    await expect(findOvmf('/nowhere')).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringContaining('ovmf on Debian'),
    });
  });
});
