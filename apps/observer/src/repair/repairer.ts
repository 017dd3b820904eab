/**
 * Sends the repair of a drift that is due, unless something holds it. A repair carries the generation and the exit it
 * was decided for, and its id is made from both, so sending it twice, or by two observers, has one effect. One without
 * an effect is sent again, more and more seldom; whether it had one is read from the host's own rows.
 */
import { Inject, Injectable } from '@nestjs/common';
import type { BusPort } from '#libs/bus';
import { CLOCK, type Clock } from '#libs/clock';
import { commandCodec, repairEventCodec, subjects } from '#libs/contracts';
import { type DriftDecision, repairId } from '#libs/domain';
import { newTraceparent, withContext } from '#libs/logging';
import { DriftKeeper, type Speaker } from '../drift/drift-keeper.js';
import type { TrackedDrift } from '../drift/tracked-drift.js';
import { OBSERVER_BUS, OBSERVER_LOGGER, type ObserverLogger } from '../observer.tokens.js';
import type { VmFacts } from '../view/facts.js';
import { Rest } from '../view/rest.js';
import { whyHeld } from './gate.js';
import { Pauses } from './pauses.js';
import { RepairControl } from './repair-control.js';
import { repairMessages } from './repair-messages.js';
import { RepairMetrics } from './repair-metrics.js';
import { GIVE_UP_REST_MS, occasionOf, TRIES_MAX, waitAfter } from './schedule.js';

type Due = DriftDecision & { kind: 'repair' };

/** A bus that did not take a repair is asked again after this. */
const UNSENT_MS = 1_000;

@Injectable()
export class Repairer {
  constructor(
    @Inject(OBSERVER_BUS) private readonly bus: BusPort,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(OBSERVER_LOGGER) private readonly logger: ObserverLogger,
    private readonly keeper: DriftKeeper,
    private readonly control: RepairControl,
    private readonly pauses: Pauses,
    private readonly rest: Rest,
    private readonly metrics: RepairMetrics,
  ) {}

  /** Gives the milliseconds after which to look again; undefined: not by itself. */
  async attend(
    tracked: TrackedDrift,
    decision: Due,
    vm: VmFacts,
    speaker: Speaker,
  ): Promise<number | undefined> {
    const wait = tracked.restUntilMonotonicMs - this.clock.monotonic();
    if (wait > 0) return wait;
    if (tracked.state === 'gave-up') this.keeper.note(tracked, { attempts: 0 });
    if (tracked.attempts >= TRIES_MAX) return this.giveUp(tracked);
    const hold = this.hold(tracked, decision, vm);
    if (hold) {
      this.keeper.note(tracked, { decision: 'hold', reason: hold.why, nextTryAtMs: 0 });
      return hold.againInMs;
    }
    if (!this.control.take(tracked.drift.hostId, decision.action === 'restart')) {
      this.keeper.note(tracked, { decision: 'hold', reason: 'repairs passed their budget', nextTryAtMs: 0 });
      return undefined;
    }
    return this.repair(tracked, decision, vm, speaker);
  }

  private hold(tracked: TrackedDrift, decision: Due, { host, site }: VmFacts) {
    return whyHeld({
      decision,
      observeOnly: this.control.observeOnly,
      brake: this.control.brake,
      pause: this.pauses.over(site.hostId, site.vmId),
      resting: this.rest.resting,
      sightings: host.beats - tracked.firstBeat + 1,
      hostStartsUsedUp: this.control.startsUsedUp(site.hostId),
    });
  }

  private giveUp(tracked: TrackedDrift): number {
    this.restFor(tracked, GIVE_UP_REST_MS);
    const reason = `${tracked.attempts} repairs had no effect`;
    this.keeper.note(tracked, { state: 'gave-up', decision: 'leave', reason });
    const { rule, vmId, hostId } = tracked.drift;
    this.logger.error({ rule, vmId, hostId, driftId: tracked.driftId }, `gave up: ${reason}`);
    return GIVE_UP_REST_MS;
  }

  private async repair(tracked: TrackedDrift, decision: Due, vm: VmFacts, speaker: Speaker): Promise<number> {
    const { rule, vmId, hostId, generation, exitSeq, expected, seen } = tracked.drift;
    const attempt = tracked.attempts + 1;
    const occasion = occasionOf(decision.action, exitSeq, vm.site.observed?.rev, attempt);
    const id = repairId({ vmId, generation, rule, occasion });
    const waitMs = waitAfter(attempt);
    this.restFor(tracked, waitMs);
    try {
      await withContext({ operationId: id, vmId, hostId, traceparent: newTraceparent() }, () =>
        this.send(tracked, decision, vm, { ...speaker, repairId: id, attempt }),
      );
    } catch (err) {
      this.restFor(tracked, UNSENT_MS);
      this.logger.warn({ err, rule, vmId }, 'repair not sent: the bus did not take it; it is tried again');
      return UNSENT_MS;
    }
    this.metrics.sent(tracked.drift);
    const { why: reason } = decision;
    this.keeper.note(tracked, {
      state: 'repairing',
      decision: 'repair',
      reason,
      repairId: id,
      attempts: attempt,
      nextTryAtMs: this.clock.now() + waitMs,
    });
    this.logger.warn({ rule, vmId, hostId, expected, seen, why: reason, exitSeq, attempt }, 'repair sent');
    return waitMs;
  }

  /** The record goes first on the wire, so that intel can name the operation before its result arrives. */
  private async send(
    tracked: TrackedDrift,
    decision: Due,
    { elsewhere }: VmFacts,
    { epoch, ...named }: Speaker & { repairId: string; attempt: number },
  ): Promise<void> {
    const { drift, detectedAtMs } = tracked;
    const newerGeneration = Math.max(0, ...elsewhere.map((it) => it.observed?.acceptedGeneration ?? 0));
    const order = {
      drift,
      decision,
      detectedAtMs,
      epoch,
      newerGeneration,
      nowMs: this.clock.now(),
      ...named,
    };
    const { command, event } = repairMessages(order);
    const { hostId } = drift;
    await Promise.all([
      this.bus.publishDurable(subjects.event(hostId, 'repair'), repairEventCodec, event),
      command &&
        this.bus.publishDurable(subjects.command(hostId, command.action.$case), commandCodec, command),
    ]);
  }

  private restFor(tracked: TrackedDrift, ms: number): void {
    tracked.restUntilMonotonicMs = this.clock.monotonic() + ms;
  }
}
