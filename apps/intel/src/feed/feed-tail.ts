/**
 * The end of the feed, read once for all who follow it. A follower that comes with an older number reads by itself
 * until it meets the tail, then takes what the tail hands on; nothing is handed on twice or left out, since numbers
 * only grow. After a gap in hearing the tail looks by itself.
 */
import { Inject, Injectable, Logger } from '@nestjs/common';
import { Database, type Fact } from '../db-operator/index.js';

const BATCH = 500;

type Follower = (facts: Fact[]) => void;

@Injectable()
export class FeedTail {
  private readonly logger = new Logger(FeedTail.name);
  private readonly followers = new Set<Follower>();
  private last = -1;
  private reading: Promise<void> | undefined;
  private wanted = false;
  private listening: { stop(): void } | undefined;

  constructor(@Inject(Database) private readonly database: Database) {}

  /** From now on `follower` gets what is newer than the number that this resolves with. */
  async follow(follower: Follower): Promise<{ from: number; stop(): void }> {
    if (!this.listening) this.begin();
    await this.reading;
    this.followers.add(follower);
    return { from: this.last, stop: () => this.leave(follower) };
  }

  stop(): void {
    this.listening?.stop();
    this.listening = undefined;
    this.followers.clear();
  }

  private begin(): void {
    this.last = -1;
    this.listening = this.database.onChange((change) => {
      if (change === undefined || change.kind === 'feed') this.wake();
    });
    this.wake();
  }

  private leave(follower: Follower): void {
    this.followers.delete(follower);
    if (this.followers.size === 0) this.stop();
  }

  private wake(): void {
    this.wanted = true;
    this.reading ??= this.read().finally(() => {
      this.reading = undefined;
      if (this.wanted && this.listening) this.wake();
    });
  }

  private async read(): Promise<void> {
    this.wanted = false;
    try {
      if (this.last < 0) this.last = (await this.database.read((tx) => tx.facts.range())).newest;
      for (;;) {
        const facts = await this.database.read((tx) => tx.facts.after(this.last, BATCH));
        const newest = facts.at(-1);
        if (!newest) return;
        this.last = newest.number;
        for (const follower of this.followers) follower(facts);
      }
    } catch (error) {
      this.logger.warn({ err: error }, 'the feed could not be read; the next change tries again');
    }
  }
}
