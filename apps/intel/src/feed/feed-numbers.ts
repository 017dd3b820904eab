/**
 * Gives committed facts their numbers, in the order of their writing, one replica at a time (an advisory lock). A
 * reader that has seen a number has seen every lower one there will ever be. It is woken by the commit, and looks by
 * itself now and then, since an announcement may be lost.
 */
import { Inject, Injectable, Logger } from '@nestjs/common';
import { CLOCK, type Clock, type Timer } from '#libs/clock';
import { Database, LOCKS } from '../db-operator/index.js';

const SLOW_POLL_MS = 1_000;
/** Another replica numbers: it may have begun before our fact was there. */
const HELD_RETRY_MS = 100;
const KEPT_DAYS = 7;
const POLLS_A_CLEANING = 3_600;

@Injectable()
export class FeedNumbers {
  private readonly logger = new Logger(FeedNumbers.name);
  private working: Promise<void> | undefined;
  private wanted = false;
  private stopped = true;
  private timer: Timer | undefined;
  private listening: { stop(): void } | undefined;
  private polls = 0;

  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  start(): void {
    this.stopped = false;
    this.listening = this.database.onChange((change) => {
      if (change === undefined || change.kind === 'fact') this.wake();
    });
    this.wake();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.listening?.stop();
    this.timer?.cancel();
    await this.working;
  }

  private wake(): void {
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
      const outcome = await this.database.exclusively(LOCKS.feed, () => this.pass());
      if (outcome === 'held-by-another') again = HELD_RETRY_MS;
    } catch (error) {
      this.logger.warn({ err: error }, 'events could not be numbered; trying again');
    }
    this.timer = this.clock.setTimeout(() => this.wake(), again);
  }

  private async pass(): Promise<void> {
    await this.database.transaction((tx) => tx.facts.number());
    if (this.polls++ % POLLS_A_CLEANING === 0) {
      await this.database.read((tx) => tx.facts.removeOlder(KEPT_DAYS));
    }
  }
}
