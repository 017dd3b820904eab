import { ApiError, UnreachableError } from '../errors.js';
import { everyItem } from '../pages.js';
import type { Ports } from '../ports.js';
import { answerOf } from '../send/answer-of.js';
import { type Failure, retryAfterOf, retryDelay } from '../send/retry-delay.js';
import { BrokenStreamError, sseMessages } from '../send/sse-messages.js';
import type { Event, EventQuery, Page, Problem } from '../types.js';
import type { Api } from './api.js';
import { Bell } from './bell.js';

/** What was missed is no longer kept. */
export interface FeedGap {
  after: number;
  oldest: number;
  newest: number;
}

export interface FollowOptions {
  filter?: Omit<EventQuery, 'limit' | 'cursor' | 'sort'>;
  /** The last one that is known; left out: only what comes from now on. */
  after?: number;
  signal?: AbortSignal;
  /** A connection on which nothing comes for so long is dead; the API says something every 15 seconds. */
  silenceMs?: number;
}

export interface WatchOptions extends Omit<FollowOptions, 'after'> {
  /** What happens while this passes is one change. */
  gatherMs?: number;
  /** Read at the latest after this, for what no event tells, such as free storage. */
  refreshMs?: number;
}

const SILENCE_MS = 45_000;
const LONGEST_PAUSE_MS = 60_000;
const GATHER_MS = 200;
const REFRESH_MS = 15_000;

export class Events {
  constructor(
    private readonly api: Api,
    private readonly url: string,
    private readonly token: string | undefined,
    private readonly ports: Pick<Ports, 'fetch' | 'sleep' | 'random'>,
  ) {}

  /** Newest first. */
  list(query: EventQuery = {}, signal?: AbortSignal): Promise<Page<Event>> {
    return answerOf(this.api.GET('/v1/events', { params: { query }, signal }));
  }

  all(query: EventQuery = {}, signal?: AbortSignal): AsyncGenerator<Event, void, undefined> {
    return everyItem((cursor) => this.list({ ...query, cursor }, signal));
  }

  /** The id of the newest event; 0 when there is none. What happens from now on comes behind it. */
  async newest(signal?: AbortSignal): Promise<number> {
    const { items } = await this.list({ limit: 1 }, signal);
    return items[0]?.id ?? 0;
  }

  /**
   * What happens, as it happens, until the signal. A stream that is cut, or on which nothing comes any more, goes on
   * behind the last event that came, so none is lost or told twice; what the API no longer keeps is told as a gap.
   * Throws an ApiError when the API refuses.
   */
  async *follow(options: FollowOptions = {}): AsyncGenerator<Event | { gap: FeedGap }, never, undefined> {
    const { filter = {}, signal = new AbortController().signal, silenceMs = SILENCE_MS } = options;
    let last = options.after ?? (await this.newest(signal));
    for (let failures = 0; ; failures++) {
      let failure: Failure = {};
      try {
        const body = await this.connect(filter, last, { signal, silenceMs });
        for await (const { event, id, data } of sseMessages(body, silenceMs)) {
          failures = 0;
          if (event === 'gap') {
            const gap = JSON.parse(data) as FeedGap;
            // The database was put back: numbers begin again there.
            last = Math.min(last, gap.newest);
            yield { gap };
          } else if (data) {
            if (id) last = Number(id);
            yield JSON.parse(data) as Event;
          }
        }
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        if (!passes(error)) throw error;
        if (error instanceof ApiError) failure = { status: 503, retryAfterSeconds: error.retryAfterSeconds };
      }
      await this.ports.sleep(this.pause(failure, failures), signal);
    }
  }

  /**
   * What `read` gives, and again each time that something has happened since, until the signal: a live list. It is read
   * anew after a gap, too. Only the first reading may fail for want of an answer; later ones are tried again.
   */
  async *watch<T>(
    read: (signal: AbortSignal) => Promise<T>,
    { filter, signal, silenceMs, gatherMs = GATHER_MS, refreshMs = REFRESH_MS }: WatchOptions = {},
  ): AsyncGenerator<T, never, undefined> {
    const ended = new AbortController();
    const all = signal ? AbortSignal.any([signal, ended.signal]) : ended.signal;
    try {
      // Where the feed is, is asked first: what happens while the list is read is heard of.
      const after = await this.newest(all);
      yield await read(all);
      const bell = new Bell();
      this.ring(bell, { filter, after, signal: all, silenceMs }).catch((error) => bell.fail(error));
      for (let failures = 0; ; ) {
        await bell.wait(refreshMs, all);
        await this.ports.sleep(failures > 0 ? this.pause({}, failures) : gatherMs, all);
        bell.clear();
        try {
          const value = await read(all);
          failures = 0;
          yield value;
        } catch (error) {
          if (all.aborted || !passes(error)) throw error;
          failures++;
          bell.ring();
        }
      }
    } finally {
      ended.abort();
    }
  }

  private async ring(bell: Bell, options: FollowOptions): Promise<void> {
    for await (const _ of this.follow(options)) bell.ring();
  }

  private pause(failure: Failure, failures: number): number {
    return retryDelay(failure, failures, this.ports.random()) ?? LONGEST_PAUSE_MS;
  }

  private async connect(filter: EventQuery, last: number, { signal, silenceMs }: Required<Connecting>) {
    const headers: Record<string, string> = { accept: 'text/event-stream', 'last-event-id': String(last) };
    if (this.token !== undefined) headers.authorization = `Bearer ${this.token}`;
    const query = new URLSearchParams(filter as Record<string, string>);
    // Only until the answer begins: the stream itself has no end.
    const silent = new AbortController();
    const timer = setTimeout(() => silent.abort(new Error('no answer in time')), silenceMs);
    try {
      const response = await this.ports.fetch(`${this.url}/v1/events?${query}`, {
        headers,
        signal: AbortSignal.any([signal, silent.signal]),
      });
      if (response.ok && response.body) return response.body;
      const problem = (await response.json().catch(() => ({}))) as Partial<Problem>;
      const after = retryAfterOf(response.headers.get('retry-after'), Date.now());
      throw new ApiError(response.status, problem, after);
    } catch (error) {
      if (error instanceof ApiError) throw error;
      throw new UnreachableError(this.url, error);
    } finally {
      clearTimeout(timer);
    }
  }
}

type Connecting = Pick<FollowOptions, 'signal' | 'silenceMs'>;

/** Whether trying again can help: no answer, one that broke off, or one that says so. */
function passes(error: unknown): boolean {
  if (error instanceof ApiError) return error.status >= 500 || error.status === 429;
  return error instanceof UnreachableError || error instanceof BrokenStreamError;
}
