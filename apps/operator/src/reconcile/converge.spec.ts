import { describe, expect, it } from '@jest/globals';
import type { LastExit } from '#libs/contracts';
import { freshProcess, shapeOf } from '#libs/domain';
import { desiredVm } from '#libs/testing';
import type { Host } from '../host.js';
import type { LiveProcess } from '../runtime/live-process.js';
import type { VmStore } from '../storage/vm-store.js';
import { converge } from './converge.js';
import { Vm } from './vm.js';

const EXIT: LastExit = {
  exitSeq: 1,
  reason: 'killed',
  atMs: 1,
  startGeneration: 1,
  status: 'signal SIGKILL',
};

/** A host that only says what it would do. */
function hostThatPlans(): { host: Host; plans: string[][] } {
  const plans: string[][] = [];
  const host = {
    dryRun: true,
    images: { list: async () => [] },
    networks: { readNics: async () => [] },
    leases: { mayRun: () => true },
    reporter: { tell: () => {} },
    logger: { info: ({ steps }: { steps: string[] }) => void plans.push(steps) },
  };
  return { host: host as unknown as Host, plans };
}

describe('a pass', () => {
  it('that looks at a process which ends meanwhile plans with its end counted: nothing is launched again', async () => {
    const vm = new Vm('vm', {
      hasFolder: async () => true,
      saveStatus: async () => {},
    } as unknown as VmStore);
    vm.desired = desiredVm();
    const shape = shapeOf(vm.desired);
    vm.process = {
      pid: 7,
      phase: 'running',
      record: { startGeneration: 1, shape },
      forwards: [],
      plugged: freshProcess(shape),
      // As recordExit has it: gone at once, counted a little later.
      refresh: async () => {
        vm.process = undefined;
        vm.exitCounted = new Promise((resolve) => {
          setImmediate(() => {
            vm.status = { ...vm.status, lastExit: EXIT };
            resolve();
          });
        });
      },
    } as unknown as LiveProcess;
    const { host, plans } = hostThatPlans();
    expect(await converge(host, vm, { signal: new AbortController().signal, retry: false })).toBe(
      'converged',
    );
    expect(plans).toEqual([]);
  });
});
