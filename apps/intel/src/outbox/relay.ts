/**
 * The relay: what was committed reaches the bus.
 *
 * Every change writes outbox rows in its own transaction. The relay reads those without `sent_at`, oldest first,
 * publishes what each stands for as it is now, and marks it. One relay works at a time: the one whose session holds
 * an advisory lock, through which it reads the rows, so the rows of a VM keep their order; should two overlap when a connection dies, the expected sequence on the subject
 * keeps the newer one. It is woken by the announcement of a commit, and looks by itself now and then, since an
 * announcement may be lost. A row that was published but not marked is published again, which changes nothing.
 * While the bus is away the rows wait.
 */
import { Inject, Injectable, Logger } from '@nestjs/common';
import { Bus, BusUnavailable } from '#libs/bus';
import { CLOCK, type Clock, type Timer } from '#libs/clock';
import { failpoint } from '#libs/config';
import { VmanError } from '#libs/errors';
import { counter, gauge } from '#libs/metrics';
import { Database, type HeldLock, LOCKS, type OutboxEntity } from '../db-operator/index.js';
import { BusRecovery } from './bus-recovery.js';
import { OutboxPublisher } from './publisher.js';

const BATCH = 200;
/** Also without a word, since an announcement may be lost. */
const SLOW_POLL_MS = 2_000;
/** Another replica relays; how long it takes to notice that it has gone. */
const HELD_RETRY_MS = 500;
const FIRST_RETRY_MS = 100;
const RETRY_MAX_MS = 3_000;

@Injectable()
export class Relay {
  private readonly logger = new Logger(Relay.name);
  private wanted = false;
  private working: Promise<void> | undefined;
  private stopped = true;
  private timer: Timer | undefined;
  private failures = 0;
  private mustCheckBus = true;
  private lock: HeldLock | undefined;
  private readonly stops: { stop(): void }[] = [];
  private readonly relaying = gauge({
    name: 'vman_relay_leader',
    help: '1 while this replica tells the bus what was committed.',
  });
  private readonly published = counter({
    name: 'vman_outbox_published_total',
    help: 'Rows of the outbox that the bus was told of, by kind.',
    labelNames: ['kind'],
  });

  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(Bus) private readonly bus: Bus,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(OutboxPublisher) private readonly publisher: OutboxPublisher,
    @Inject(BusRecovery) private readonly recovery: BusRecovery,
  ) {}

  start(): void {
    this.stopped = false;
    this.stops.push(this.bus.onReconnect(() => this.checkBus()));
    this.stops.push(
      this.database.onChange((change) => {
        if (change === undefined || change.kind === 'outbox') this.wake();
      }),
    );
    this.checkBus();
  }

  /** Finishes the row at hand. */
  async stop(): Promise<void> {
    this.stopped = true;
    for (const each of this.stops.splice(0)) each.stop();
    this.timer?.cancel();
    await this.working;
    await this.giveLockBack();
  }

  /** The streams have to be looked at before anything else is published. */
  checkBus(): void {
    this.mustCheckBus = true;
    this.wake();
  }

  wake(): void {
    this.wanted = true;
    if (this.stopped || this.working) return;
    this.working = this.work().finally(() => {
      this.working = undefined;
      if (this.wanted && !this.stopped) this.wake();
    });
  }

  private async work(): Promise<void> {
    this.wanted = false;
    this.timer?.cancel();
    let again = SLOW_POLL_MS;
    try {
      if (!(await this.pass())) again = HELD_RETRY_MS;
      this.failures = 0;
    } catch (error) {
      again = Math.min(FIRST_RETRY_MS * 2 ** this.failures, RETRY_MAX_MS);
      this.failures++;
      await this.giveLockBack();
      this.report(error, again);
    }
    this.timer = this.clock.setTimeout(() => this.wake(), again);
  }

  /** Says false when another replica is at it. */
  private async pass(): Promise<boolean> {
    if (this.mustCheckBus) {
      if (!(await this.recovery.check())) return false;
      this.mustCheckBus = false;
    }
    this.lock ??= await this.database.hold(LOCKS.relay);
    this.relaying.set(this.lock ? 1 : 0);
    if (!this.lock) return false;
    await this.drain(this.lock);
    return true;
  }

  private async giveLockBack(): Promise<void> {
    const { lock } = this;
    this.lock = undefined;
    this.relaying.set(0);
    await lock?.release();
  }

  private async drain(lock: HeldLock): Promise<void> {
    for (;;) {
      const rows = await lock.read((tx) => tx.outbox.unsent(BATCH));
      let sent = 0;
      const done = new Set<string>();
      for (const row of rows) {
        if (this.stopped) return;
        // What was just published for the VM was read after this row was written.
        const key = row.kind === 'desired' ? `${row.hostId} ${row.vmId}` : '';
        if (key && done.has(key)) sent += await this.mark(row);
        else if (await this.publish(row)) {
          sent += await this.mark(row);
          if (key) done.add(key);
        }
      }
      if (rows.length < BATCH || sent === 0) return;
    }
  }

  /** Says false for a row that cannot be published though the bus is there; it must not stop the others. */
  private async publish(row: OutboxEntity): Promise<boolean> {
    try {
      await this.publisher.publish(row);
    } catch (error) {
      if (error instanceof BusUnavailable || (error instanceof VmanError && error.code === 'unavailable'))
        throw error;
      this.logger.error(
        { err: error, outboxId: row.id, kind: row.kind },
        'an outbox row cannot be published',
      );
      return false;
    }
    await failpoint('intel.after-publish');
    this.published.inc({ kind: row.kind });
    return true;
  }

  private async mark(row: OutboxEntity): Promise<number> {
    await this.database.read((tx) => tx.outbox.markSent([row.id]));
    return 1;
  }

  private report(error: unknown, retryMs: number): void {
    if (error instanceof BusUnavailable && error.reason === 'no-stream') this.mustCheckBus = true;
    const first = this.failures === 1;
    const known = error instanceof VmanError;
    if (!known) this.logger.error({ err: error, retryMs }, 'the relay failed');
    else if (first) this.logger.warn({ err: error, retryMs }, 'the relay has to wait');
  }
}
