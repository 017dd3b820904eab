import { beforeEach, describe, expect, it } from '@jest/globals';
import type { BusPort } from '#libs/bus';
import type { Codec, Command, DesiredVm, DriftEvent, VmReport } from '#libs/contracts';
import { TIMERS } from '#libs/domain';
import { desiredVm, heartbeat, silentLogger, VirtualClock, vmReport } from '#libs/testing';
import { DriftKeeper } from '../drift/drift-keeper.js';
import { DriftMetrics } from '../drift/drift-metrics.js';
import type { Leadership } from '../leader/leadership.js';
import { Pauses } from '../repair/pauses.js';
import { RepairControl } from '../repair/repair-control.js';
import { RepairMetrics } from '../repair/repair-metrics.js';
import { Repairer } from '../repair/repairer.js';
import { FIRST_RESEND_MS, GIVE_UP_REST_MS, TRIES_MAX } from '../repair/schedule.js';
import type { DesiredReader } from '../view/desired-reader.js';
import { FleetView } from '../view/fleet-view.js';
import { Rest } from '../view/rest.js';
import { Inspector } from './inspector.js';

/** Keeps what is published; refuses while `away`. */
class MemoryBus implements Pick<BusPort, 'publishDurable' | 'connected'> {
  away = false;
  readonly connected = true;
  readonly published: { subject: string; message: unknown }[] = [];

  async publishDurable<T>(subject: string, _codec: Codec<T>, message: T) {
    if (this.away) throw new Error('the bus is away');
    this.published.push({ subject, message });
    return { stream: 's', sequence: this.published.length };
  }
}

describe('a look at a VM', () => {
  let bus: MemoryBus;
  let clock: VirtualClock;
  let view: FleetView;
  let rest: Rest;
  let pauses: Pauses;
  let keeper: DriftKeeper;
  let inspector: Inspector;
  let vm: DesiredVm;
  const lead = { leads: true, speaker: { observerId: 'o', epoch: 3 } };

  function observe(config: Partial<ConstructorParameters<typeof RepairControl>[2]> = {}): void {
    const settings = {
      observerObserveOnly: false,
      observerRepairBudget: 100,
      observerHostStarts: 100,
      ...config,
    };
    const port = bus as unknown as BusPort;
    keeper = new DriftKeeper(view, port, clock, silentLogger, new DriftMetrics());
    const control = new RepairControl(view, clock, settings, silentLogger);
    const metrics = new RepairMetrics();
    const repairer = new Repairer(port, clock, silentLogger, keeper, control, pauses, rest, metrics);
    const desired = { ready: true, onVm: () => {} } as unknown as DesiredReader;
    inspector = new Inspector(view, desired, lead as Leadership, keeper, repairer, rest, clock);
  }

  const heard = () => ({ nowMs: clock.now(), monotonicMs: clock.monotonic() });
  const tell = (sequence: number, change: Partial<VmReport> = {}) =>
    view.applyReport(
      vm.hostId,
      vmReport({ vmId: vm.vmId, rev: { startCount: 1, sequence }, ...change }),
      clock.now(),
    );
  const beat = () => view.applyHeartbeat(heartbeat({ hostId: vm.hostId, sentAtMs: clock.now() }), heard());
  /** Time passes, and its host goes on beating. */
  async function pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 1_000) {
      beat();
      await clock.advance(Math.min(left, 1_000));
    }
  }
  const crash: Partial<VmReport> = {
    state: 'crashed',
    pid: 0,
    lastExit: { exitSeq: 1, reason: 'crash', atMs: 1, startGeneration: 1, status: '' },
  };
  const off: Partial<DesiredVm> = { power: 'stopped', generation: 2 };
  const commands = () =>
    bus.published.filter((it) => it.subject.includes('.cmd.')).map((it) => it.message as Command);
  const events = () =>
    bus.published.filter((it) => it.subject.endsWith('.drift')).map((it) => it.message as DriftEvent);
  const last = () => events().at(-1);

  beforeEach(async () => {
    bus = new MemoryBus();
    clock = new VirtualClock();
    view = new FleetView();
    rest = new Rest(clock);
    pauses = new Pauses(clock);
    lead.leads = true;
    vm = desiredVm();
    observe();
    view.applyDesired(vm, clock.now());
    beat();
  });

  it('repairs a crash at once, though the view is new, and tells the record before the command', async () => {
    tell(1, crash);
    await inspector.inspectVm(vm.vmId);
    expect(bus.published.map((it) => it.subject.split('.').at(-1))).toEqual(['repair', 'repair', 'drift']);
    expect(bus.published[0]?.subject).toContain('.evt.');
    expect(commands()[0]?.action).toMatchObject({ $case: 'repair', value: { epoch: 3, exitSeq: 1 } });
  });

  it('sends one repair however often it looks, again when nothing answers, and not once it is answered', async () => {
    tell(1, crash);
    for (let time = 0; time < 5; time += 1) await inspector.inspectVm(vm.vmId);
    expect(commands()).toHaveLength(1);
    await pass(FIRST_RESEND_MS + 1_000);
    expect(new Set(commands().map((it) => it.operationId)).size).toBe(1);
    expect(commands()).toHaveLength(2);
    tell(2, { repairedExitSeq: 1 });
    await pass(60_000);
    expect(commands()).toHaveLength(2);
    expect(last()).toMatchObject({ state: 'repaired', attempts: 2 });
    expect(keeper.size).toBe(0);
  });

  it('gives up in the end, says so, and tries again after a rest', async () => {
    tell(1, crash);
    await inspector.inspectVm(vm.vmId);
    await pass(6 * 60_000);
    expect(commands()).toHaveLength(TRIES_MAX);
    expect(last()).toMatchObject({ state: 'gave-up', decision: 'leave', reason: '8 repairs had no effect' });
    await pass(GIVE_UP_REST_MS);
    expect(commands().length).toBeGreaterThan(TRIES_MAX);
  });

  it('rests in a new view, and looks twice before it ends anything', async () => {
    view.applyDesired({ ...vm, ...off }, clock.now());
    tell(1, { acceptedGeneration: 2, observedGeneration: 2 });
    await inspector.inspectVm(vm.vmId);
    expect(last()).toMatchObject({ rule: 'should-not-run', decision: 'hold' });
    await pass(TIMERS.observerGrace - 1_000);
    expect(commands()).toEqual([]);
    await pass(3_000);
    expect(commands()[0]?.action.$case).toBe('converge');
  });

  it('rests while the desired state is seeded anew, until the marker', async () => {
    rest.beginReading();
    rest.readAll();
    view.applyDesired({ ...vm, ...off }, clock.now());
    tell(1, { acceptedGeneration: 2, observedGeneration: 2 });
    await inspector.inspectVm(vm.vmId);
    await pass(30_000);
    expect(commands()).toEqual([]);
    rest.sawMarker();
    await pass(3_000);
    expect(commands()).toHaveLength(1);
  });

  it('takes a silent host for no evidence: what was open stays open, and nothing is sent', async () => {
    tell(1, { state: 'paused' });
    await pass(TIMERS.observerGrace);
    await clock.advance(TIMERS.hostSuspect + 1);
    const before = bus.published.length;
    tell(2, crash);
    await inspector.inspectVm(vm.vmId);
    expect(bus.published).toHaveLength(before);
  });

  it('stops with the brake when the budget is used up, and goes on when it is back', async () => {
    observe({ observerRepairBudget: 1 });
    const other = desiredVm({ hostId: vm.hostId });
    view.applyDesired(other, clock.now());
    tell(1, crash);
    view.applyReport(vm.hostId, vmReport({ ...crash, vmId: other.vmId }), clock.now());
    await inspector.inspectAll();
    expect(commands()).toHaveLength(1);
    expect(events().find((it) => it.decision === 'hold')?.reason).toContain('budget');
  });

  it('holds while repairs are paused, and goes on when the pause is over', async () => {
    pauses.set([{ pauseId: 'p', scope: 'vm', scopeId: vm.vmId, remainingMs: 30_000 }]);
    tell(1, crash);
    await inspector.inspectVm(vm.vmId);
    await pass(29_000);
    expect(commands()).toEqual([]);
    await pass(2_000);
    expect(commands()).toHaveLength(1);
  });

  it('finds without repairing when it only observes', async () => {
    observe({ observerObserveOnly: true });
    tell(1, crash);
    await inspector.inspectVm(vm.vmId);
    await pass(60_000);
    expect(commands()).toEqual([]);
    expect(last()).toMatchObject({ state: 'open', decision: 'hold' });
  });

  it('says nothing while another observer leads', async () => {
    lead.leads = false;
    tell(1, crash);
    await inspector.inspectVm(vm.vmId);
    expect(bus.published).toEqual([]);
  });

  it('tries again when the bus did not take it, and tells then what it found', async () => {
    bus.away = true;
    tell(1, crash);
    await inspector.inspectVm(vm.vmId);
    bus.away = false;
    await pass(2_000);
    expect(commands()).toHaveLength(1);
    expect(last()).toMatchObject({ state: 'repairing' });
  });

  it('goes on with what an earlier leader told, and ends what is not so any more', async () => {
    const key = `crashed/${vm.hostId}/${vm.vmId}/exit-1`;
    const open = { driftId: 'd', key, rule: 'crashed' as const, hostId: vm.hostId, vmId: vm.vmId };
    keeper.inherit([{ ...open, subject: 'exit-1', detectedAtMs: 1, repairId: 'r' }]);
    tell(1, { repairedExitSeq: 1 });
    await inspector.inspectVm(vm.vmId);
    expect(last()).toMatchObject({ driftId: 'd', state: 'repaired' });
  });

  it('leaves no timer behind when it stops', async () => {
    tell(1, crash);
    await inspector.inspectVm(vm.vmId);
    inspector.stop();
    expect(clock.pending).toBe(0);
  });
});
