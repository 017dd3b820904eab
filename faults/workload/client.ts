/**
 * A user's program that never gives up: each change has an idempotency key and a request id, and is sent again with
 * both until there is a definite answer. Some are sent twice on purpose, one after the other or at once; the second
 * answer must be that of the same operation. It may assume nothing of a request that got no answer.
 */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { OperationView, ProblemView, VmView } from '#libs/contracts/http';
import type { Violation } from '../violation.js';
import type { History } from './history.js';

export interface Change {
  who: string;
  method: 'POST' | 'PATCH' | 'DELETE';
  path: string;
  body?: object;
  twice?: 'at-once' | 'afterwards';
}

export type ChangeResult =
  | { outcome: 'ok'; operation: OperationView; vm?: VmView; requestId: string }
  | { outcome: 'fail'; status: number; code: string }
  | { outcome: 'unknown' };

interface Reply {
  status: number;
  body: { operation?: OperationView; vm?: VmView } & Partial<ProblemView>;
}

const ANSWER_MS = 10_000;
const GIVE_UP_MS = 90_000;
const AGAIN_MS = 150;

export class Client {
  readonly accepted: { requestId: string; operationId: string; what: string }[] = [];

  constructor(
    /** Where the API is; several are asked in turn. */
    private readonly urls: () => string[],
    private readonly tokenFile: string,
    readonly history: History,
    private readonly violations: Violation[],
  ) {}

  async get<T>(path: string): Promise<T> {
    const reply = await this.send('GET', path, {});
    if (reply.status >= 300) throw new Error(`GET ${path}: ${reply.status} ${reply.body.code}`);
    return reply.body as T;
  }

  async change(change: Change): Promise<ChangeResult> {
    const requestId = randomUUID();
    const first = this.settle(change, requestId);
    const second = change.twice === 'at-once' ? this.settle(change, requestId) : undefined;
    const result = await first;
    const other = change.twice === 'afterwards' ? await this.settle(change, requestId) : await second;
    if (other) this.compare(change, result, other);
    if (result.outcome === 'ok') {
      const what = `${change.method} ${change.path}`;
      this.accepted.push({ requestId, operationId: result.operation.id, what });
    }
    return result;
  }

  private compare(change: Change, one: ChangeResult, two: ChangeResult): void {
    if (one.outcome !== 'ok' || two.outcome !== 'ok' || one.operation.id === two.operation.id) return;
    const what = `${change.method} ${change.path} was carried out twice: operations ${one.operation.id} and ${two.operation.id}`;
    this.violations.push({ invariant: 'I8', what });
  }

  /** Sends it until the answer is definite. */
  private async settle(change: Change, requestId: string): Promise<ChangeResult> {
    const { who, method, path, body } = change;
    const deadline = performance.now() + GIVE_UP_MS;
    const headers = { 'idempotency-key': requestId, 'x-request-id': requestId };
    const what = `${method} ${path}`;
    for (let attempt = 0; performance.now() < deadline; attempt++) {
      const detail = `${body ? JSON.stringify(body) : ''} (${requestId.slice(0, 8)})`;
      const reply = await this.send(method, path, headers, body, attempt).catch((error) => {
        this.history.note(who, what, `${detail} ${error.cause?.message ?? error.message}`, 'unknown');
      });
      if (reply && isUndecided(reply)) {
        this.judge(what, reply);
        this.history.note(who, what, `${detail} ${reply.status} ${reply.body.code}`, 'unknown');
      }
      if (!reply || isUndecided(reply)) {
        await pause(AGAIN_MS * Math.min(attempt + 1, 5));
        continue;
      }
      const { operation, vm, code = '' } = reply.body;
      if (reply.status < 300 && operation) {
        this.history.note(who, what, `${detail} operation ${operation.id}`, 'ok');
        return { outcome: 'ok', operation, requestId, ...(vm ? { vm } : {}) };
      }
      this.history.note(who, what, `${detail} ${reply.status} ${code}`, 'fail');
      return { outcome: 'fail', status: reply.status, code };
    }
    const gaveUp = `${what} (${requestId}) got no definite answer within ${GIVE_UP_MS / 1000} s`;
    this.violations.push({ invariant: 'answers', what: gaveUp });
    return { outcome: 'unknown' };
  }

  private judge(what: string, { status, body }: Reply): void {
    if (status !== 500) return;
    this.violations.push({ invariant: 'answers', what: `${what}: 500 ${body.code} ${body.requestId ?? ''}` });
  }

  private async send(
    method: string,
    path: string,
    headers: Record<string, string>,
    body?: object,
    attempt = 0,
  ): Promise<Reply> {
    const urls = this.urls();
    const response = await fetch(`${urls[attempt % urls.length]}${path}`, {
      method,
      headers: {
        ...headers,
        authorization: `Bearer ${readFileSync(this.tokenFile, 'utf8').trim()}`,
        ...(body ? { 'content-type': 'application/json' } : {}),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    const text = await response.text();
    return { status: response.status, body: text ? JSON.parse(text) : {} };
  }
}

/** An answer after which the change may have happened, or that asks to come again. */
function isUndecided({ status, body }: Reply): boolean {
  return status >= 500 || status === 429 || body.code === 'idempotency_in_progress';
}
