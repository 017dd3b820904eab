import { describe, expect, it } from '@jest/globals';
import type { LastExit } from '#libs/contracts';
import { desiredVm } from '#libs/testing';
import { Vm } from '../reconcile/vm.js';
import type { VmStore } from '../storage/vm-store.js';
import { buildRow, buriedRow } from './build-row.js';

const VM = '0198b1f0-7a11-7c3e-9d55-1f2e3d4c5b6a';
const exit: LastExit = { exitSeq: 3, reason: 'crash', atMs: 1, startGeneration: 1, status: '' };

function vmWith(fields: Partial<Pick<Vm, 'desired' | 'status' | 'step' | 'files'>>): Vm {
  return Object.assign(new Vm(VM, {} as VmStore), fields);
}

describe('the row of a VM', () => {
  it('does not exist before anything was accepted', () => {
    expect(buildRow(vmWith({}))).toBeUndefined();
  });

  it('is pending while nothing was done yet, and says which step runs', () => {
    const desired = desiredVm({ vmId: VM, generation: 2 });
    expect(buildRow(vmWith({ desired }))).toMatchObject({
      state: 'pending',
      acceptedGeneration: 2,
      observedGeneration: 0,
    });
    expect(buildRow(vmWith({ desired, step: 'create-disk' }))?.state).toBe('provisioning');
  });

  it('shows a crash with its restarts, also under a failure of an earlier generation', () => {
    const status = {
      observedGeneration: 1,
      failure: { code: 'port_in_use', message: 'x' },
      lastExit: exit,
      repairExitSeq: 2,
      restarts: 1,
      nextRestartAtMs: 9,
    };
    const row = buildRow(vmWith({ desired: desiredVm({ vmId: VM, generation: 2 }), status }));
    expect(row).toMatchObject({
      state: 'crashed',
      reason: 'crash',
      restarts: 1,
      nextRestartAtMs: 9,
      repairedExitSeq: 2,
      lastExit: exit,
    });
    const current = buildRow(vmWith({ desired: desiredVm({ vmId: VM, generation: 1 }), status }));
    expect(current).toMatchObject({ state: 'failed', reason: 'port_in_use' });
  });

  it('of a VM that left is absent in the generation it left with', () => {
    const stone = { generation: 7, startGeneration: 1, presence: 'deleted' as const, atMs: 1 };
    expect(buriedRow(VM, stone)).toMatchObject({
      state: 'absent',
      reason: 'deleted',
      acceptedGeneration: 7,
      observedGeneration: 7,
      pid: 0,
    });
  });
});
