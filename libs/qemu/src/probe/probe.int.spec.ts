import { chmod, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { probeAccelerator, probeBinary } from './index.js';

const QEMU = 'qemu-system-x86_64';

describe('probing this machine', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vman-probe-test-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  async function script(text: string): Promise<string> {
    const path = join(folder, 'qemu');
    await writeFile(path, `#!/bin/sh\n${text}\n`);
    await chmod(path, 0o755);
    return path;
  }

  it('decides and says why', async () => {
    const { accelerator, reason } = await probeAccelerator({ binary: QEMU, mode: 'auto' });
    expect(['kvm', 'tcg']).toContain(accelerator);
    expect(reason).toMatch(/under KVM, .* under TCG|cannot be opened/);
  });

  it('chooses TCG when KVM needs longer than its limit', async () => {
    const binary = await script('case "$*" in *accel=kvm*) exec sleep 60;; *) exit 85;; esac');
    const choice = await probeAccelerator({ binary, mode: 'auto', kvmDevice: binary });
    expect(choice.accelerator).toBe('tcg');
    expect(choice.reason).toMatch(/KVM opens but crawls: .* more than \d+ ms under KVM, \d+ ms under TCG/);
  });

  it('chooses TCG when KVM fails, and tells the last words of QEMU', async () => {
    const binary = await script('case "$*" in *accel=kvm*) echo "no KVM here" >&2; exit 1;; esac; exit 85');
    const choice = await probeAccelerator({ binary, mode: 'auto', kvmDevice: binary });
    expect(choice).toMatchObject({ accelerator: 'tcg', reason: expect.stringContaining('no KVM here') });
  });

  it('chooses KVM when it runs a guest', async () => {
    const binary = await script('exit 85');
    const choice = await probeAccelerator({ binary, mode: 'auto', kvmDevice: binary });
    expect(choice.accelerator).toBe('kvm');
  });

  it('does not start anything when the settings or the device decide', async () => {
    const binary = '/no/such/qemu';
    expect(await probeAccelerator({ binary, mode: 'kvm' })).toMatchObject({ accelerator: 'kvm' });
    expect(await probeAccelerator({ binary, mode: 'tcg' })).toMatchObject({ accelerator: 'tcg' });
    const choice = await probeAccelerator({ binary, mode: 'auto', kvmDevice: join(folder, 'none') });
    expect(choice.reason).toMatch(/cannot be opened \(ENOENT\)/);
  });

  it('knows version and machines of the real binary', async () => {
    const binary = await probeBinary(QEMU);
    expect(binary.major).toBeGreaterThanOrEqual(7);
    expect(binary.path).toMatch(/^\/.*qemu-system-x86_64$/);
    const alias = binary.machines.find(({ name }) => name === 'q35')?.aliasOf;
    expect(alias).toMatch(/^pc-q35-\d+\.\d+$/);
    expect(binary.machines.map(({ name }) => name)).toEqual(expect.arrayContaining(['pc', 'microvm']));
  });

  it('asks a binary once, and again after it changed', async () => {
    const count = join(folder, 'count');
    const text = `echo x >> ${count}; echo "QEMU emulator version 8.1.0"; echo "q35 PC"`;
    const binary = await script(text);
    const [first, second] = await Promise.all([probeBinary(binary), probeBinary(binary)]);
    expect(second).toBe(first);
    await utimes(binary, 1, 1);
    expect(await probeBinary(binary)).not.toBe(first);
  });

  it('refuses what is missing or is no QEMU, and asks again the next time', async () => {
    await expect(probeBinary('no-such-qemu')).rejects.toMatchObject({ code: 'unsupported' });
    const binary = await script('echo hello');
    await expect(probeBinary(binary)).rejects.toMatchObject({ code: 'unsupported' });
    await expect(probeBinary(binary)).rejects.toMatchObject({ code: 'unsupported' });
  });
});
