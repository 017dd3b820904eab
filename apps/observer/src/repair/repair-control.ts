import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock } from '#libs/clock';
import type { ObserverConfig } from '#libs/config';
import { OBSERVER_CONFIG, OBSERVER_LOGGER, type ObserverLogger } from '../observer.tokens.js';
import { FleetView } from '../view/fleet-view.js';
import { type Brake, decideBrake, RELEASED } from './brake.js';
import { Budget } from './budget.js';

export type ControlConfig = Pick<
  ObserverConfig,
  'observerObserveOnly' | 'observerRepairBudget' | 'observerHostStarts'
>;

/** What bounds repairs: the budget of the fleet, the starts of each host, and the brake. */
@Injectable()
export class RepairControl {
  private state: Brake = RELEASED;
  private budgetPassed = false;
  private sinceMs = 0;
  private readonly fleet: Budget;
  private readonly hosts = new Map<string, Budget>();

  constructor(
    private readonly view: FleetView,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(OBSERVER_CONFIG) private readonly config: ControlConfig,
    @Inject(OBSERVER_LOGGER) private readonly logger: ObserverLogger,
  ) {
    this.fleet = new Budget(clock, config.observerRepairBudget);
  }

  get brake(): Brake {
    return this.state;
  }

  /** Unix ms since when the brake is on; 0 when it is off. */
  get brakeSinceMs(): number {
    return this.state.engaged ? this.sinceMs : 0;
  }

  get observeOnly(): boolean {
    return this.config.observerObserveOnly;
  }

  /** Restarts are this observer's matter; when not, hosts answer exits by themselves. */
  get decides(): boolean {
    return !this.observeOnly && !(this.state.engaged && this.state.cause === 'silence');
  }

  startsUsedUp(hostId: string): boolean {
    return this.startsOf(hostId).exhausted;
  }

  /** False when the repairs of this minute are used up: then the brake is on. */
  take(hostId: string, isStart: boolean): boolean {
    if (this.fleet.exhausted) {
      this.budgetPassed = true;
      this.look();
      return false;
    }
    this.fleet.take();
    if (isStart) this.startsOf(hostId).take();
    return true;
  }

  /** Looks at the fleet; true when the brake was released just now. */
  look(): boolean {
    const now = this.clock.monotonic();
    const before = this.state;
    this.state = decideBrake(before, {
      silences: [...this.view.allHosts()].map((host) => now - host.heardAtMonotonicMs),
      budgetPassed: this.budgetPassed,
      budgetShare: this.fleet.share,
      now,
    });
    this.budgetPassed = false;
    if (this.state.engaged && !before.engaged) {
      this.sinceMs = this.clock.now();
      this.logger.error({ reason: this.state.reason }, 'the brake is on: repairs have stopped');
    } else if (before.engaged && !this.state.engaged) {
      this.logger.warn({ reason: before.reason }, 'the brake is released: repairs go on');
    }
    return before.engaged && !this.state.engaged;
  }

  private startsOf(hostId: string): Budget {
    const known = this.hosts.get(hostId);
    if (known) return known;
    const budget = new Budget(this.clock, this.config.observerHostStarts);
    this.hosts.set(hostId, budget);
    return budget;
  }
}
