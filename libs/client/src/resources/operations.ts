import { WaitTimeoutError } from '../errors.js';
import { everyItem } from '../pages.js';
import type { Ports } from '../ports.js';
import { answerOf } from '../send/answer-of.js';
import type { Operation, OperationQuery, Page } from '../types.js';
import type { Api } from './api.js';

/** How long the server may hold an answer back. */
const LONG_POLL_SECONDS = 30;

export interface WaitOptions {
  /** Then a WaitTimeoutError; left out: no limit. */
  timeoutMs?: number;
  signal?: AbortSignal;
  /** Called when it has changed, such as by a step, and with its end. */
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

  /**
   * The operation as it is, or up to `waitSeconds` later when it has not ended yet; with `changedSince`, an `updatedAt` that
   * is known, not later than its next step.
   */
  get(id: string, waitSeconds = 0, signal?: AbortSignal, changedSince?: string): Promise<Operation> {
    const query = waitSeconds > 0 ? { wait: `${waitSeconds}s`, changedSince } : {};
    return answerOf(this.api.GET('/v1/operations/{id}', { params: { path: { id }, query }, signal }));
  }

  cancel(id: string): Promise<Operation> {
    return answerOf(this.api.POST('/v1/operations/{id}/cancel', { params: { path: { id } } }));
  }

  /** Resolves with the operation once it ended, however it ended. */
  async untilEnd(id: string, options: WaitOptions = {}): Promise<Operation> {
    const { timeoutMs = Number.POSITIVE_INFINITY, signal, onProgress } = options;
    const end = this.ports.monotonic() + timeoutMs;
    let operation = await this.get(id, 0, signal);
    for (;;) {
      onProgress?.(operation);
      if (hasEnded(operation)) return operation;
      const left = end - this.ports.monotonic();
      if (left <= 0) throw new WaitTimeoutError(`The end of ${operation.kind}`, operation);
      const seconds = Math.min(LONG_POLL_SECONDS, Math.ceil(left / 1000));
      operation = await this.get(id, seconds, signal, onProgress && operation.updatedAt);
    }
  }
}
