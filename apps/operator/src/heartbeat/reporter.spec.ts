import { describe, expect, it } from '@jest/globals';
import type { BusPort } from '#libs/bus';
import type { VmEvent } from '#libs/contracts';
import { desiredVm, silentLogger, VirtualClock } from '#libs/testing';
import { Vm } from '../reconcile/vm.js';
import type { VmStore } from '../storage/vm-store.js';
import { Reporter } from './reporter.js';

const VM = '0198b1f0-7a11-7c3e-9d55-1f2e3d4c5b6a';

function setUp() {
  const clock = new VirtualClock();
  const told: VmEvent[] = [];
  const bus = {
    publishDurable: async (_subject: string, _codec: unknown, event: VmEvent) => {
      told.push(event);
      return { stream: '', sequence: 1 };
    },
  } as unknown as BusPort;
  const logger = silentLogger as never;
  const reporter = new Reporter({ hostId: VM, startCount: 1, bus, clock, logger });
  const vm = Object.assign(new Vm(VM, {} as VmStore), { desired: desiredVm({ vmId: VM }) });
  const states = () => told.map((it) => it.report.state);
  return { clock, reporter, vm, states };
}

describe('the reporter', () => {
  it('tells no state that lasts less than a blink', async () => {
    const { clock, reporter, vm, states } = setUp();
    reporter.tell(vm);
    vm.step = 'create-disk';
    reporter.tellState(vm);
    vm.step = undefined;
    reporter.tell(vm);
    await clock.advance(1_000);
    expect(states()).toEqual(['pending']);
  });

  it('tells a state that lasts', async () => {
    const { clock, reporter, vm, states } = setUp();
    reporter.tell(vm);
    vm.step = 'create-disk';
    reporter.tellState(vm);
    await clock.advance(1_000);
    expect(states()).toEqual(['pending', 'provisioning']);
  });

  it('says nothing of a VM after it was buried: its last word is that it is absent', async () => {
    const { clock, reporter, vm, states } = setUp();
    reporter.tell(vm);
    vm.step = 'forget';
    reporter.tellState(vm);
    vm.gone = true;
    reporter.tellBuried(VM, { generation: 2, startGeneration: 1, atMs: 1 } as never);
    await clock.advance(1_000);
    expect(states().at(-1)).toBe('absent');
  });
});
