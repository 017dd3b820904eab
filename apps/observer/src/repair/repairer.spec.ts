import { beforeEach, describe, expect, it } from '@jest/globals';
import type { BusPort } from '#libs/bus';
import type { DesiredVm, VmReport } from '#libs/contracts';
import { desiredVm, silentLogger, VirtualClock, vmReport } from '#libs/testing';
import { FleetView } from '../view/fleet-view.js';
import { RepairMetrics } from './repair-metrics.js';
import { RESEND_MS, Repairer } from './repairer.js';

/** Keeps what is published; refuses while `away`. */
class MemoryBus implements Pick<BusPort, 'publishDurable'> {
  away = false;
  readonly published: string[] = [];

  async publishDurable(subject: string): Promise<{ stream: string; sequence: number }> {
    if (this.away) throw new Error('the bus is away');
    this.published.push(subject);
    return { stream: 's', sequence: this.published.length };
  }
}

describe('the repairer', () => {
  let bus: MemoryBus;
  let clock: VirtualClock;
  let view: FleetView;
  let repairer: Repairer;
  let vm: DesiredVm;

  const crashed = (sequence: number, change: Partial<VmReport> = {}) =>
    vmReport({
      vmId: vm.vmId,
      state: 'crashed',
      rev: { startCount: 1, sequence },
      lastExit: { exitSeq: 1, reason: 'crash', atMs: clock.now(), startGeneration: 1, status: '' },
      ...change,
    });
  const sent = () =>
    bus.published.filter((subject) => subject.endsWith('.repair') && subject.includes('.cmd.')).length;

  beforeEach(() => {
    bus = new MemoryBus();
    clock = new VirtualClock();
    view = new FleetView();
    repairer = new Repairer(view, bus as unknown as BusPort, clock, silentLogger, new RepairMetrics());
    vm = desiredVm();
    view.applyDesired(vm);
    view.applyReport(vm.hostId, crashed(1));
  });

  it('puts the record on the wire before the command', async () => {
    await repairer.inspect(vm.hostId, vm.vmId);
    expect(bus.published.map((subject) => subject.split('.')[1])).toEqual(['evt', 'cmd']);
  });

  it('sends a repair once, however often it is looked at', async () => {
    for (let time = 0; time < 5; time++) await repairer.inspect(vm.hostId, vm.vmId);
    expect(sent()).toBe(1);
  });

  it('sends it again when nothing answered it in time', async () => {
    await repairer.inspect(vm.hostId, vm.vmId);
    await clock.advance(RESEND_MS + 10);
    expect(sent()).toBe(2);
  });

  it('does not send it again once the host says that it was answered', async () => {
    await repairer.inspect(vm.hostId, vm.vmId);
    view.applyReport(vm.hostId, crashed(2, { state: 'starting', repairedExitSeq: 1 }));
    await clock.advance(10 * RESEND_MS);
    expect(sent()).toBe(1);
  });

  it('tries again at the next look when the bus did not take it', async () => {
    bus.away = true;
    await repairer.inspect(vm.hostId, vm.vmId);
    bus.away = false;
    await repairer.inspect(vm.hostId, vm.vmId);
    expect(sent()).toBe(1);
  });

  it('comes back by itself at the time of the next try', async () => {
    view.applyReport(vm.hostId, crashed(2, { nextRestartAtMs: clock.now() + 60_000, state: 'crash-loop' }));
    await repairer.inspect(vm.hostId, vm.vmId);
    await clock.advance(59_000);
    expect(sent()).toBe(0);
    await clock.advance(1_001);
    expect(sent()).toBe(1);
  });

  it('forgets what it sent long ago, and its timers when it stops', async () => {
    await repairer.inspect(vm.hostId, vm.vmId);
    repairer.stop();
    expect(clock.pending).toBe(0);
    await clock.advance(3 * RESEND_MS);
    repairer.forgetOld();
    await repairer.inspect(vm.hostId, vm.vmId);
    expect(sent()).toBe(2);
  });

  it('does nothing for a VM it knows only half', async () => {
    await repairer.inspect(vm.hostId, 'another');
    expect(bus.published).toEqual([]);
  });
});
