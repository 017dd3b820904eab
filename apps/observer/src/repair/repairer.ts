/**
 * Looks at one VM at a time and sends the repair of the drift it finds.
 *
 * Whatever may have changed a VM (an event, a heartbeat, its desired state, a timer, the sweep) only names it here; the
 * decision always rests on the newest view. A repair carries the generation and the exit it was decided for, and its
 * id is made from both, so sending it twice, or by two observers, has one effect. One that is not answered is sent
 * again; whether it was answered is read from the host's own rows, never remembered here.
 */
import { Inject, Injectable } from '@nestjs/common';
import type { BusPort } from '#libs/bus';
import { CLOCK, type Clock, type Timer } from '#libs/clock';
import { commandCodec, repairEventCodec, subjects } from '#libs/contracts';
import type { Drift } from '#libs/domain';
import { withContext } from '#libs/logging';
import { OBSERVER_BUS, OBSERVER_LOGGER, type ObserverLogger } from '../observer.tokens.js';
import { findDrift } from '../rules/rules.js';
import { FleetView } from '../view/fleet-view.js';
import { repairId } from './repair-id.js';
import { repairMessages } from './repair-messages.js';
import { RepairMetrics } from './repair-metrics.js';

/** A repair without an answer is sent again after this. */
export const RESEND_MS = 5_000;

@Injectable()
export class Repairer {
  private readonly sentAt = new Map<string, number>();
  private readonly timers = new Map<string, Timer>();

  constructor(
    private readonly view: FleetView,
    @Inject(OBSERVER_BUS) private readonly bus: BusPort,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(OBSERVER_LOGGER) private readonly logger: ObserverLogger,
    private readonly metrics: RepairMetrics,
  ) {}

  /** Compares one VM with what it should be, and repairs it. Never throws. */
  async inspect(hostId: string, vmId: string): Promise<void> {
    const vm = `${hostId}/${vmId}`;
    this.timers.get(vm)?.cancel();
    this.timers.delete(vm);
    const desired = this.view.desiredOf(hostId, vmId);
    const observed = this.view.observedOf(hostId, vmId);
    const drift = desired && observed && findDrift(desired, observed, this.clock.now());
    if (!drift) return;
    switch (drift.decision.kind) {
      case 'leave':
        return;
      case 'wait':
        this.inspectLater(hostId, vmId, drift.decision.untilMs - this.clock.now());
        return;
      case 'repair':
        await this.repair(drift);
        return;
    }
  }

  /** Forgets what was sent long ago; called by the sweep. */
  forgetOld(): void {
    const oldest = this.clock.monotonic() - 2 * RESEND_MS;
    for (const [id, at] of this.sentAt) if (at < oldest) this.sentAt.delete(id);
  }

  stop(): void {
    for (const timer of this.timers.values()) timer.cancel();
    this.timers.clear();
  }

  private inspectLater(hostId: string, vmId: string, ms: number): void {
    const timer = this.clock.setTimeout(() => void this.inspect(hostId, vmId), Math.max(1, ms));
    this.timers.set(`${hostId}/${vmId}`, timer);
  }

  private async repair(drift: Drift): Promise<void> {
    const id = repairId(drift);
    const last = this.sentAt.get(id);
    if (last !== undefined && this.clock.monotonic() - last < RESEND_MS) return;
    this.sentAt.set(id, this.clock.monotonic());
    this.inspectLater(drift.hostId, drift.vmId, RESEND_MS + 1);
    const { vmId, hostId, rule, expected, seen } = drift;
    await withContext({ operationId: id, vmId, hostId }, async () => {
      try {
        await this.send(drift, id);
        this.metrics.sent(drift, this.clock.now());
        this.logger.warn(
          { rule, expected, seen, why: drift.decision.why, exitSeq: drift.exitSeq },
          'repair sent',
        );
      } catch (err) {
        this.sentAt.delete(id);
        this.logger.warn({ err, rule }, 'repair not sent: the bus did not take it; it is tried again');
      }
    });
  }

  /** The record goes first on the wire, so that intel can name the operation before its result arrives. */
  private async send(drift: Drift, id: string): Promise<void> {
    const { command, event } = repairMessages(drift, id, this.clock.now());
    await Promise.all([
      this.bus.publishDurable(subjects.event(drift.hostId, 'repair'), repairEventCodec, event),
      this.bus.publishDurable(subjects.command(drift.hostId, 'repair'), commandCodec, command),
    ]);
  }
}
