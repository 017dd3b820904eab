import { ApiError, UnreachableError } from '../errors.js';
import { everyItem } from '../pages.js';
import type { Ports } from '../ports.js';
import { answerOf } from '../send/answer-of.js';
import { sseMessages } from '../send/sse-messages.js';
import type { Event, EventQuery, Page, Problem } from '../types.js';
import type { Api } from './api.js';

/** What was missed is no longer kept. */
export interface FeedGap {
  after: number;
  oldest: number;
  newest: number;
}

export interface FollowOptions {
  filter?: Pick<EventQuery, 'type' | 'resource' | 'resourceKind'>;
  /** The last one that is known; left out: only what comes from now on. */
  after?: number;
  signal?: AbortSignal;
}

const AGAIN_MS = 1_000;

export class Events {
  constructor(
    private readonly api: Api,
    private readonly url: string,
    private readonly token: string | undefined,
    private readonly ports: Pick<Ports, 'fetch' | 'sleep'>,
  ) {}

  /** Newest first. */
  list(query: EventQuery = {}, signal?: AbortSignal): Promise<Page<Event>> {
    return answerOf(this.api.GET('/v1/events', { params: { query }, signal }));
  }

  all(query: EventQuery = {}, signal?: AbortSignal): AsyncGenerator<Event, void, undefined> {
    return everyItem((cursor) => this.list({ ...query, cursor }, signal));
  }

  /**
   * What happens, as it happens, until the signal. A stream that is cut goes on behind the last one that came; what is
   * no longer there is told as a gap. Throws an ApiError when the API refuses.
   */
  async *follow({
    filter = {},
    after,
    signal,
  }: FollowOptions = {}): AsyncGenerator<Event | { gap: FeedGap }> {
    let last = after;
    for (;;) {
      try {
        for await (const message of sseMessages(await this.connect(filter, last, signal))) {
          if (message.event === 'gap') yield { gap: JSON.parse(message.data) as FeedGap };
          else if (message.data) yield JSON.parse(message.data) as Event;
          if (message.id) last = Number(message.id);
        }
      } catch (error) {
        if (signal?.aborted) throw signal.reason;
        if (error instanceof ApiError && error.status < 500 && error.status !== 429) throw error;
      }
      await this.ports.sleep(AGAIN_MS, signal);
    }
  }

  private async connect(filter: EventQuery, last: number | undefined, signal?: AbortSignal) {
    const headers: Record<string, string> = { accept: 'text/event-stream' };
    if (this.token !== undefined) headers.authorization = `Bearer ${this.token}`;
    if (last !== undefined) headers['last-event-id'] = String(last);
    const query = new URLSearchParams(filter as Record<string, string>);
    const response = await this.ports
      .fetch(`${this.url}/v1/events?${query}`, { headers, signal })
      .catch((error: unknown) => Promise.reject(new UnreachableError(this.url, error)));
    if (response.ok && response.body) return response.body;
    const problem = (await response.json().catch(() => ({}))) as Partial<Problem>;
    throw new ApiError(response.status, problem);
  }
}
