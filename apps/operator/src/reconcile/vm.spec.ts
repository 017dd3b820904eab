import { describe, expect, it } from '@jest/globals';
import type { DesiredVm } from '#libs/contracts';
import type { Host } from '../host.js';
import { mustBeAccepted } from '../steps/index.js';
import type { VmStore } from '../storage/vm-store.js';
import { runPlan } from './run-plan.js';
import { Interrupted } from './to-failure.js';
import { Vm } from './vm.js';

/** A VM whose desired states become durable when it is said. */
function writtenByHand() {
  const writes: { done: () => void; fail: (error: Error) => void }[] = [];
  const store = {
    saveDesired: () =>
      new Promise<void>((resolve, reject) => {
        writes.push({ done: resolve, fail: reject });
      }),
  } as unknown as VmStore;
  return { vm: new Vm('vm', store), writes };
}

const desired = (generation: number) => ({ vmId: 'vm', generation }) as DesiredVm;

describe('a desired state', () => {
  it('is planned for while it is written', async () => {
    const { vm, writes } = writtenByHand();
    const accepted = vm.accept(desired(2));
    expect(vm.desired?.generation).toBe(2);
    writes[0]?.done();
    await accepted;
    await mustBeAccepted({ vm });
    expect(vm.desired?.generation).toBe(2);
  });

  it('that cannot be written leaves the one before in force, and interrupts what waited for it', async () => {
    const { vm, writes } = writtenByHand();
    vm.desired = desired(1);
    const accepted = vm.accept(desired(2));
    const waiting = mustBeAccepted({ vm });
    writes[0]?.fail(new Error('ENOSPC'));
    await expect(accepted).rejects.toThrow('ENOSPC');
    await expect(waiting).rejects.toThrow(Interrupted);
    expect(vm.desired?.generation).toBe(1);
    await mustBeAccepted({ vm });
  });

  it('is carried out by no step before it is durable, and by none when it never is', async () => {
    const { vm, writes } = writtenByHand();
    vm.desired = desired(1);
    const accepted = vm.accept(desired(2));
    const host = { places: { without: (work: () => unknown) => work() } } as unknown as Host;
    const { signal } = new AbortController();
    const plan = runPlan(host, vm, desired(2), [{ step: 'power-off' }], signal, []);
    writes[0]?.fail(new Error('ENOSPC'));
    await expect(accepted).rejects.toThrow('ENOSPC');
    expect(await plan).toEqual({ kind: 'interrupted' });
  });
});
