import { describe, expect, it } from '@jest/globals';
import { chooseAccelerator, kvmLimitMs, type ProbeRun } from './choose-accelerator.js';
import { parseMachines, parseVersion } from './probe-binary.js';

const ran = (elapsedMs: number): ProbeRun => ({ outcome: 'ran', elapsedMs });
const slow: ProbeRun = { outcome: 'too-slow', limitMs: 500 };
const failed: ProbeRun = { outcome: 'failed', message: 'Permission denied' };

describe('the choice of the accelerator', () => {
  it('is KVM when KVM runs a guest in time', () => {
    expect(chooseAccelerator(ran(80), ran(60))).toEqual({
      accelerator: 'kvm',
      reason: 'KVM works: a boot sector took 80 ms under KVM, 60 ms under TCG',
    });
  });

  it('is TCG, with the figures, when KVM opens but crawls', () => {
    expect(chooseAccelerator(slow, ran(60.4))).toEqual({
      accelerator: 'tcg',
      reason: 'KVM opens but crawls: a boot sector took more than 500 ms under KVM, 60 ms under TCG',
    });
  });

  it('is TCG, with the words of QEMU, when KVM runs nothing', () => {
    const { accelerator, reason } = chooseAccelerator(failed, ran(60));
    expect(accelerator).toBe('tcg');
    expect(reason).toContain('no result (Permission denied)');
  });

  it('gives KVM time by the speed of TCG on the same machine, within the deadline', () => {
    expect(kvmLimitMs(ran(20), 1500)).toBe(500);
    expect(kvmLimitMs(ran(100), 1500)).toBe(800);
    expect(kvmLimitMs(ran(1000), 1500)).toBe(1500);
    expect(kvmLimitMs(failed, 1500)).toBe(1500);
  });
});

describe('the words of a QEMU binary', () => {
  it('tell its version', () => {
    const text = 'QEMU emulator version 10.0.3 (Debian 1:10.0.3+ds-1)\nCopyright';
    expect(parseVersion(text)).toEqual({ version: '10.0.3', major: 10, minor: 0 });
    expect(() => parseVersion('bash 5')).toThrow(/not a QEMU/);
  });

  it('tell its machines', () => {
    const text =
      'Supported machines are:\nq35   Standard PC (alias of pc-q35-7.2)\npc-q35-7.2  Standard PC\n';
    expect(parseMachines(text)).toEqual([{ name: 'q35', aliasOf: 'pc-q35-7.2' }, { name: 'pc-q35-7.2' }]);
  });
});
