/**
 * The end of the feed, read once for all who follow it. A follower that comes with an older number reads by itself up
 * to where it joined, then takes what the tail hands on; nothing is handed on twice or left out, since numbers only
 * grow and joining and reading take turns. After a gap in hearing the tail looks by itself.
 */
import { Inject, Injectable, Logger } from '@nestjs/common';
import { Database, type Fact } from '../db-operator/index.js';

const BATCH = 500;

type Follower = (facts: Fact[]) => void;

@Injectable()
export class FeedTail {
  private readonly logger = new Logger(FeedTail.name);
  private readonly followers = new Set<Follower>();
  private last = 0;
  private turn: Promise<unknown> = Promise.resolve();
  private due = false;
  private listening: { stop(): void } | undefined;

  constructor(@Inject(Database) private readonly database: Database) {}

  start(): void {
    this.listening = this.database.onChange((change) => {
      if (change === undefined || change.kind === 'feed') this.wake();
    });
  }

  async stop(): Promise<void> {
    this.listening?.stop();
    this.followers.clear();
    await this.turn.catch(() => {});
  }

  /** From now on `follower` gets what is newer than the number that this resolves with. */
  async follow(follower: Follower): Promise<{ from: number; stop(): void }> {
    let from = 0;
    await this.inTurn(async () => {
      if (this.followers.size === 0) {
        this.last = (await this.database.read((tx) => tx.facts.range())).newest;
      }
      this.followers.add(follower);
      from = this.last;
    });
    return { from, stop: () => this.followers.delete(follower) };
  }

  private wake(): void {
    if (this.due || this.followers.size === 0) return;
    this.due = true;
    this.inTurn(() => this.read()).catch((error) =>
      this.logger.warn({ err: error }, 'the feed could not be read; the next change tries again'),
    );
  }

  private async read(): Promise<void> {
    this.due = false;
    for (;;) {
      const facts = await this.database.read((tx) => tx.facts.after(this.last, BATCH));
      const newest = facts.at(-1);
      if (!newest) return;
      this.last = newest.number;
      for (const follower of this.followers) follower(facts);
    }
  }

  private inTurn(work: () => Promise<void>): Promise<void> {
    const mine = this.turn.catch(() => {}).then(work);
    this.turn = mine;
    return mine;
  }
}
