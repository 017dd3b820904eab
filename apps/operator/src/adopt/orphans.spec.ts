import { describe, expect, it } from '@jest/globals';
import type { Vm } from '../reconcile/vm.js';
import { judgeProcess } from './orphans.js';

const VM = '0198b1f0-7a11-7c3e-9d55-1f2e3d4c5b6a';
const process = (pid: number, pidFile?: string) => ({
  vmId: VM,
  identity: { pid, startTime: 1, bootId: 'b' },
  pidFile,
});
const vm = (fields: object) => [{ vmId: VM, ...fields } as Vm];

describe('a QEMU process with the UUID of a VM', () => {
  it('belongs to nobody when its VM is gone', () => {
    expect(judgeProcess(process(1, '/run/vman/1f2e3d4c5b6a/pid'), [], '/run/vman')).toBe('no-vm');
  });

  it('is no matter of this host when it runs for another folder', () => {
    expect(judgeProcess(process(1, '/run/vman2/1f2e3d4c5b6a/pid'), [], '/run/vman')).toBeUndefined();
    expect(judgeProcess(process(1), [], '/run/vman')).toBeUndefined();
  });

  it('is a copy beside the one that is known', () => {
    expect(judgeProcess(process(1), vm({ process: { pid: 1 } }), '/r')).toBeUndefined();
    expect(judgeProcess(process(2), vm({ process: { pid: 1 } }), '/r')).toBe('copy');
    expect(judgeProcess(process(2), vm({}), '/r')).toBe('copy');
  });

  it('is waited for while it is launched', () => {
    expect(judgeProcess(process(2), vm({ step: 'launch' }), '/r')).toBeUndefined();
  });
});
