import type { BusPort } from '#libs/bus';
import { TIMERS } from '#libs/domain';
import { silentLogger, type VirtualClock } from '#libs/testing';
import { DriftKeeper } from '../../apps/observer/src/drift/drift-keeper.js';
import type { DriftMetrics } from '../../apps/observer/src/drift/drift-metrics.js';
import { Inspector } from '../../apps/observer/src/inspect/inspector.js';
import type { Leadership } from '../../apps/observer/src/leader/leadership.js';
import { Pauses } from '../../apps/observer/src/repair/pauses.js';
import { RepairControl } from '../../apps/observer/src/repair/repair-control.js';
import type { RepairMetrics } from '../../apps/observer/src/repair/repair-metrics.js';
import { Repairer } from '../../apps/observer/src/repair/repairer.js';
import type { DesiredReader } from '../../apps/observer/src/view/desired-reader.js';
import { FleetView } from '../../apps/observer/src/view/fleet-view.js';
import { Rest } from '../../apps/observer/src/view/rest.js';
import type { SimulatedBus } from './simulated-bus.js';

export interface Figures {
  drifts: DriftMetrics;
  repairs: RepairMetrics;
}

const SETTINGS = { observerObserveOnly: false, observerRepairBudget: 100, observerHostStarts: 100 };
const SWEEP_MS = 5_000;

/** The real view, rules, gate, budgets and brake of an observer that leads, on a simulated bus. */
export class SimulatedObserver {
  readonly view = new FleetView();
  readonly control: RepairControl;
  readonly inspector: Inspector;
  private gone = false;

  constructor(
    private readonly clock: VirtualClock,
    bus: SimulatedBus,
    { drifts, repairs }: Figures,
    epoch: number,
  ) {
    const port = bus as unknown as BusPort;
    const rest = new Rest(clock);
    const pauses = new Pauses(clock);
    const lead = { leads: true, speaker: { observerId: `observer-${epoch}`, epoch } } as Leadership;
    const reader = { ready: true, onVm: () => {} } as unknown as DesiredReader;
    const keeper = new DriftKeeper(this.view, port, clock, silentLogger, drifts);
    this.control = new RepairControl(this.view, clock, SETTINGS, silentLogger);
    const repairer = new Repairer(port, clock, silentLogger, keeper, this.control, pauses, rest, repairs);
    this.inspector = new Inspector(this.view, reader, lead, keeper, repairer, rest, clock);
    this.look();
    this.sweep();
  }

  get heard() {
    return { nowMs: this.clock.now(), monotonicMs: this.clock.monotonic() };
  }

  kill(): void {
    this.gone = true;
    this.inspector.stop();
  }

  private look(): void {
    if (this.gone) return;
    if (this.control.look()) void this.inspector.inspectAll();
    this.clock.setTimeout(() => this.look(), TIMERS.beacon);
  }

  private sweep(): void {
    if (this.gone) return;
    void this.inspector.inspectAll();
    this.clock.setTimeout(() => this.sweep(), SWEEP_MS);
  }
}
