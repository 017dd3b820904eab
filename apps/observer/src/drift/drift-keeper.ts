/**
 * The drifts that are open now: a leader's memory of what it told. A look at one VM or host gives all that differs
 * there; what is new opens, what is still there goes on, what is not found any more is over: repaired when a repair
 * was sent for it, cleared otherwise. What is told and not taken by the bus is told later.
 */
import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { BusPort } from '#libs/bus';
import { CLOCK, type Clock } from '#libs/clock';
import { driftEventCodec, type OpenDrift, subjects } from '#libs/contracts';
import { type Drift, driftKey } from '#libs/domain';
import { OBSERVER_BUS, OBSERVER_LOGGER, type ObserverLogger } from '../observer.tokens.js';
import { FleetView } from '../view/fleet-view.js';
import { DriftMetrics } from './drift-metrics.js';
import { driftEventOf, inherited, isOver, sayingOf, type TrackedDrift, trackedOf } from './tracked-drift.js';

/** One VM on one host, or a host itself (an empty VM). */
export interface Scope {
  hostId: string;
  vmId: string;
}

export interface Speaker {
  observerId: string;
  epoch: number;
}

@Injectable()
export class DriftKeeper {
  private readonly scopes = new Map<string, Map<string, TrackedDrift>>();
  private readonly untold = new Set<TrackedDrift>();
  private telling: Promise<void> | undefined;

  constructor(
    private readonly view: FleetView,
    @Inject(OBSERVER_BUS) private readonly bus: BusPort,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(OBSERVER_LOGGER) private readonly logger: ObserverLogger,
    private readonly metrics: DriftMetrics,
  ) {}

  /** Compares what a look found with what was open there, and gives what is open now. */
  settle(scope: Scope, drifts: readonly Drift[]): TrackedDrift[] {
    const held = this.scopes.get(scopeKey(scope));
    if (drifts.length === 0 && !held) return [];
    const open = held ?? new Map<string, TrackedDrift>();
    const found = new Set(drifts.map(driftKey));
    for (const tracked of [...open.values()]) if (!found.has(tracked.key)) this.end(open, tracked);
    const now = drifts.map((drift) => this.goOn(open, drift));
    if (open.size === 0) this.scopes.delete(scopeKey(scope));
    else this.scopes.set(scopeKey(scope), open);
    return now;
  }

  /** Notes what became of a drift; it is told when it says something new. */
  note(
    tracked: TrackedDrift,
    change: Partial<
      Pick<TrackedDrift, 'state' | 'decision' | 'reason' | 'repairId' | 'attempts' | 'nextTryAtMs'>
    >,
  ): void {
    Object.assign(tracked, change);
    if (sayingOf(tracked) === tracked.told) return;
    tracked.changedAtMs = this.clock.now();
    this.untold.add(tracked);
  }

  /** What an earlier leader left open is over, or goes on, at the next look at its place. */
  inherit(drifts: readonly OpenDrift[]): void {
    for (const each of drifts) {
      const tracked = inherited(each);
      const key = scopeKey(each);
      const open = this.scopes.get(key) ?? new Map<string, TrackedDrift>();
      if (!open.has(tracked.key)) open.set(tracked.key, tracked);
      this.scopes.set(key, open);
    }
  }

  /** A standby knows of no drifts: they are the leader's. */
  forget(): void {
    this.scopes.clear();
    this.untold.clear();
  }

  /** The bus may have lost what was told. */
  tellAllAgain(): void {
    for (const tracked of this.all()) this.untold.add(tracked);
  }

  *all(): IterableIterator<TrackedDrift> {
    for (const open of this.scopes.values()) yield* open.values();
  }

  openScopes(): Scope[] {
    return [...this.scopes.keys()].map((key) => {
      const [hostId = '', vmId = ''] = key.split('/');
      return { hostId, vmId };
    });
  }

  get size(): number {
    let size = 0;
    for (const open of this.scopes.values()) size += open.size;
    return size;
  }

  /** Publishes what has not been told; ends at the first that the bus does not take. */
  tell(speaker: Speaker): Promise<void> {
    if (this.untold.size === 0) return Promise.resolve();
    this.telling ??= this.tellUntold(speaker).finally(() => {
      this.telling = undefined;
    });
    return this.telling;
  }

  private goOn(open: Map<string, TrackedDrift>, drift: Drift): TrackedDrift {
    const known = open.get(driftKey(drift));
    if (known) {
      const { since, generation, exitSeq } = known.drift;
      const another = known.confirmed && (generation !== drift.generation || exitSeq !== drift.exitSeq);
      known.drift = { ...drift, since };
      if (another) Object.assign(known, AFRESH);
      known.confirmed = true;
      return known;
    }
    const beat = this.view.hostOf(drift.hostId)?.beats ?? 0;
    const tracked = trackedOf(drift, randomUUID(), this.clock.now(), beat);
    open.set(tracked.key, tracked);
    this.untold.add(tracked);
    this.metrics.found(drift, this.clock.now());
    const { rule, hostId, vmId, expected, seen } = drift;
    this.logger.info({ rule, hostId, vmId, expected, seen, driftId: tracked.driftId }, 'drift found');
    return tracked;
  }

  private end(open: Map<string, TrackedDrift>, tracked: TrackedDrift): void {
    open.delete(tracked.key);
    const repaired = tracked.state === 'repairing';
    this.note(tracked, { state: repaired ? 'repaired' : 'cleared', nextTryAtMs: 0 });
    if (repaired) this.metrics.repaired(tracked.drift, tracked.detectedAtMs, this.clock.now());
    const { rule, hostId, vmId } = tracked.drift;
    this.logger.info({ rule, hostId, vmId, driftId: tracked.driftId, state: tracked.state }, 'drift over');
  }

  private async tellUntold(speaker: Speaker): Promise<void> {
    // What becomes new meanwhile joins the end of the set and is told too.
    for (const tracked of this.untold) {
      this.untold.delete(tracked);
      const saying = sayingOf(tracked);
      const { hostId, vmId } = tracked.drift;
      const desired = this.view.siteOf(hostId, vmId)?.desired;
      const names = { project: desired?.project ?? '', name: desired?.name ?? '' };
      const event = driftEventOf(tracked, { ...speaker, ...names });
      try {
        await this.bus.publishDurable(subjects.event(hostId, 'drift'), driftEventCodec, event);
        tracked.told = saying;
      } catch (err) {
        this.untold.add(tracked);
        this.logger.debug({ err, driftId: tracked.driftId, over: isOver(tracked) }, 'a drift is told later');
        return;
      }
    }
  }
}

/** It goes on for another generation or exit: what was tried for the one before does not count. */
const AFRESH: Partial<TrackedDrift> = {
  attempts: 0,
  nextTryAtMs: 0,
  restUntilMonotonicMs: 0,
  state: 'open',
  repairId: '',
};

const scopeKey = ({ hostId, vmId }: Scope): string => `${hostId}/${vmId}`;
