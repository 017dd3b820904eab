/**
 * One reader of the feed as server-sent events: first what it has missed, then what comes. Each event carries its
 * number as `id`, so that a reader that was cut off goes on with `Last-Event-ID`. When the window is gone it is told
 * so by an event `gap`. A reader that does not read is cut off; it is never skipped in silence.
 */
import type { ServerResponse } from 'node:http';
import type { Clock, Timer } from '#libs/clock';
import type { Database, Fact, FactFilter } from '../db-operator/index.js';
import { eventView } from './event-view.js';
import type { FeedTail } from './feed-tail.js';

const PAGE = 500;
const COMMENT_EVERY_MS = 15_000;
/** What may wait in memory for one reader. */
const BEHIND_BYTES_MAX = 4 * 1024 * 1024;

const HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store',
  'x-accel-buffering': 'no',
  'x-content-type-options': 'nosniff',
};

export interface FeedReader {
  response: ServerResponse;
  filter: FactFilter;
  /** The last number that it has; undefined: only what comes from now on. */
  after: number | undefined;
}

export class StreamFeed {
  private readonly waiting: Fact[] = [];
  private live = false;
  private sent = 0;
  private timer: Timer | undefined;
  private ended = false;

  constructor(
    private readonly database: Database,
    private readonly tail: FeedTail,
    private readonly clock: Clock,
    private readonly reader: FeedReader,
  ) {}

  /** Resolves when the reader has gone, was cut off, or the service ends. */
  async run(ending: AbortSignal): Promise<void> {
    const { response, after } = this.reader;
    const gone = new Promise<void>((resolve) => {
      response.once('close', resolve);
      ending.addEventListener('abort', () => resolve(), { once: true });
      if (ending.aborted) resolve();
    });
    const following = await this.tail.follow((facts) => this.take(facts));
    try {
      response.writeHead(200, HEADERS);
      this.comment();
      this.sent = after ?? following.from;
      if (after !== undefined) await this.catchUp(after, following.from);
      this.live = true;
      this.write(this.waiting.splice(0));
      await gone;
    } finally {
      this.ended = true;
      following.stop();
      this.timer?.cancel();
      response.end();
    }
  }

  private async catchUp(after: number, until: number): Promise<void> {
    const { oldest, newest } = await this.database.read((tx) => tx.facts.range());
    if (after > newest || (after < oldest - 1 && after > 0)) {
      this.send(`event: gap\ndata: ${JSON.stringify({ after, oldest, newest })}\n\n`);
      if (after > newest) this.sent = Math.min(this.sent, until);
    }
    let at = Math.min(after, newest);
    while (at < until && !this.ended) {
      const from = at;
      const facts = await this.database.read((tx) => tx.facts.after(from, PAGE, this.reader.filter));
      this.write(facts.filter((it) => it.number <= until));
      at = facts.length < PAGE ? until : (facts.at(-1)?.number ?? until);
      await this.drained();
    }
  }

  private take(facts: Fact[]): void {
    const wanted = facts.filter((fact) => concerns(this.reader.filter, fact));
    if (this.live) this.write(wanted);
    else this.waiting.push(...wanted);
  }

  private write(facts: Fact[]): void {
    for (const fact of facts) {
      if (fact.number <= this.sent) continue;
      this.sent = fact.number;
      const event = eventView(fact);
      this.send(`id: ${event.id}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
    }
  }

  private send(text: string): void {
    const { response } = this.reader;
    if (response.destroyed) return;
    response.write(text);
    if (response.writableLength > BEHIND_BYTES_MAX) response.destroy();
  }

  private async drained(): Promise<void> {
    const { response } = this.reader;
    if (!response.writableNeedDrain || response.destroyed) return;
    await new Promise<void>((resolve) => {
      response.once('drain', resolve);
      response.once('close', resolve);
    });
  }

  /** Keeps what lies between from closing a connection on which nothing happens. */
  private comment(): void {
    this.send(': \n\n');
    this.timer = this.clock.setTimeout(() => this.comment(), COMMENT_EVERY_MS);
  }
}

/** Whether somebody with this filter wants to hear of it; the same as the database decides. */
function concerns(
  { project, within, resourceKind, resourceId, type, since, until }: FactFilter,
  fact: Fact,
): boolean {
  return (
    (since === undefined || fact.at >= new Date(since)) &&
    (until === undefined || fact.at < new Date(until)) &&
    (project === undefined || fact.project === project) &&
    (within === undefined || fact.project === within) &&
    (resourceKind === undefined || fact.resourceKind === resourceKind) &&
    (resourceId === undefined || fact.resourceId === resourceId) &&
    (type === undefined || globOf(type).test(fact.type))
  );
}

const globOf = (glob: string) => new RegExp(`^${glob.replace(/[.\\]/g, '\\$&').replaceAll('*', '.*')}$`);
