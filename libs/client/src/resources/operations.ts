import { WaitTimeoutError } from '../errors.js';
import { everyItem } from '../pages.js';
import type { Ports } from '../ports.js';
import { answerOf } from '../send/answer-of.js';
import type { Operation, OperationQuery, Page } from '../types.js';
import type { Api } from './api.js';

/** How long the server may hold an answer back when nobody watches the steps. */
const LONG_POLL_SECONDS = 30;
/** Between two looks at the steps of an operation that somebody watches. */
const WATCHED_POLL_SECONDS = 1;

export interface WaitOptions {
  /** Then a WaitTimeoutError; left out: no limit. */
  timeoutMs?: number;
  signal?: AbortSignal;
  /** Called with each look at the operation, also the last one. */
  onProgress?: (operation: Operation) => void;
}

export const hasEnded = (operation: Operation): boolean => {
  switch (operation.status) {
    case 'queued':
    case 'running':
      return false;
    case 'succeeded':
    case 'failed':
    case 'cancelled':
      return true;
  }
};

export class Operations {
  constructor(
    private readonly api: Api,
    private readonly ports: Ports,
  ) {}

  list(query: OperationQuery = {}, signal?: AbortSignal): Promise<Page<Operation>> {
    return answerOf(this.api.GET('/v1/operations', { params: { query }, signal }));
  }

  all(query: OperationQuery = {}, signal?: AbortSignal): AsyncGenerator<Operation, void, undefined> {
    return everyItem((cursor) => this.list({ ...query, cursor }, signal));
  }

  /** The operation as it is, or up to `waitSeconds` later when it has not ended yet. */
  get(id: string, waitSeconds = 0, signal?: AbortSignal): Promise<Operation> {
    const query = waitSeconds > 0 ? { wait: `${waitSeconds}s` } : {};
    return answerOf(this.api.GET('/v1/operations/{id}', { params: { path: { id }, query }, signal }));
  }

  cancel(id: string): Promise<Operation> {
    return answerOf(this.api.POST('/v1/operations/{id}/cancel', { params: { path: { id } } }));
  }

  /** Resolves with the operation once it ended, however it ended. */
  async untilEnd(id: string, options: WaitOptions = {}): Promise<Operation> {
    const { timeoutMs = Number.POSITIVE_INFINITY, signal, onProgress } = options;
    const end = this.ports.monotonic() + timeoutMs;
    const longest = onProgress ? WATCHED_POLL_SECONDS : LONG_POLL_SECONDS;
    let operation = await this.get(id, 0, signal);
    for (;;) {
      onProgress?.(operation);
      if (hasEnded(operation)) return operation;
      const left = end - this.ports.monotonic();
      if (left <= 0) throw new WaitTimeoutError(`The end of ${operation.kind}`, operation);
      operation = await this.get(id, Math.min(longest, Math.ceil(left / 1000)), signal);
    }
  }
}
