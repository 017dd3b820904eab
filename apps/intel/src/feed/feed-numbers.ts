/**
 * Gives committed facts their numbers, in the order of their writing, one replica at a time: the one whose session
 * holds an advisory lock, through which it writes them. A reader that has seen a number has seen every lower one there
 * will ever be. It is woken by the commit, gathers for a moment, since a change is seldom alone and somebody waits for
 * its answer, and looks by itself now and then, since an announcement may be lost.
 */
import { Inject, Injectable, Logger } from '@nestjs/common';
import { CLOCK, type Clock, type Timer } from '#libs/clock';
import { Database, type HeldLock, LOCKS } from '../db-operator/index.js';

const SLOW_POLL_MS = 1_000;
/** Another replica numbers; how long it takes to notice that it has gone. */
const HELD_RETRY_MS = 500;
const GATHER_MS = 15;
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
  private lock: HeldLock | undefined;

  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  start(): void {
    this.stopped = false;
    this.listening = this.database.onChange((change) => {
      if (change === undefined || change.kind === 'fact') this.wakeSoon();
    });
    this.wake();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.listening?.stop();
    this.timer?.cancel();
    await this.working;
    await this.giveLockBack();
  }

  private wakeSoon(): void {
    if (this.wanted || this.stopped) return;
    this.wanted = true;
    if (!this.working) this.lookIn(GATHER_MS);
  }

  private lookIn(ms: number): void {
    this.timer?.cancel();
    this.timer = this.clock.setTimeout(() => this.wake(), ms);
  }

  private wake(): void {
    if (this.stopped || this.working) return;
    this.working = this.work().finally(() => {
      this.working = undefined;
      if (this.wanted && !this.stopped) this.lookIn(GATHER_MS);
    });
  }

  private async work(): Promise<void> {
    this.wanted = false;
    this.timer?.cancel();
    let again = SLOW_POLL_MS;
    try {
      if (!(await this.pass())) again = HELD_RETRY_MS;
    } catch (error) {
      await this.giveLockBack();
      this.logger.warn({ err: error }, 'events could not be numbered; trying again');
    }
    this.lookIn(again);
  }

  /** Says false when another replica is at it. */
  private async pass(): Promise<boolean> {
    this.lock ??= await this.database.hold(LOCKS.feed);
    if (!this.lock) return false;
    await this.lock.read((tx) => tx.facts.number());
    if (this.polls++ % POLLS_A_CLEANING === 0) await this.lock.read((tx) => tx.facts.removeOlder(KEPT_DAYS));
    return true;
  }

  private async giveLockBack(): Promise<void> {
    const { lock } = this;
    this.lock = undefined;
    await lock?.release();
  }
}
