import { readFileSync } from 'node:fs';
import type { OperationView, ProblemView, VmView } from '#libs/contracts/http';
import { waitFor } from '#libs/testing';
import { expectDescribed, type SeenAnswer } from '../../openapi/described-api.js';

export interface Answer<T> {
  status: number;
  body: T;
}

export interface VmAndOperation {
  vm: VmView;
  operation: OperationView;
}

/** The REST API as a user's program sees it. */
export class Api {
  constructor(
    private readonly url: string,
    private readonly tokenFile: string,
    private readonly judge: (answer: SeenAnswer) => void = expectDescribed,
  ) {}

  async send<T>(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer<T>> {
    const token = readFileSync(this.tokenFile, 'utf8').trim();
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...headers,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const answer: unknown = text ? JSON.parse(text) : undefined;
    const contentType = response.headers.get('content-type') ?? '';
    this.judge({ method, path, status: response.status, contentType, body: answer });
    return { status: response.status, body: answer as T };
  }

  /** A GET whose answer is not JSON. */
  raw(path: string): Promise<Response> {
    const token = readFileSync(this.tokenFile, 'utf8').trim();
    return fetch(`${this.url}${path}`, { headers: { authorization: `Bearer ${token}` } });
  }

  /** A request that is to be accepted. */
  async ask<T>(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<T> {
    const answer = await this.send<T>(method, path, body, headers);
    if (answer.status >= 300) {
      const problem = answer.body as unknown as ProblemView;
      throw new Error(`${method} ${path}: ${answer.status} ${problem.code}: ${problem.detail}`);
    }
    return answer.body;
  }

  vm(id: string): Promise<VmView> {
    return this.ask('GET', `/v1/vms/${id}`);
  }

  async createVm(body: object): Promise<VmAndOperation> {
    return this.ask('POST', '/v1/vms', body);
  }

  async verb(id: string, verb: string, body?: object): Promise<VmAndOperation> {
    return this.ask('POST', `/v1/vms/${id}/${verb}`, body);
  }

  /** Long-polls until the operation reached its end. */
  async finished(operation: OperationView, timeoutMs = 60_000): Promise<OperationView> {
    const ended = (it: OperationView) => ['succeeded', 'failed', 'cancelled'].includes(it.status);
    return waitFor(
      async () => {
        const now = await this.ask<OperationView>('GET', `/v1/operations/${operation.id}?wait=5s`);
        return ended(now) && now;
      },
      { timeoutMs, what: `operation ${operation.kind} ends` },
    );
  }

  async untilState(id: string, state: string, timeoutMs = 60_000): Promise<VmView> {
    return waitFor(
      async () => {
        const vm = await this.vm(id);
        if (vm.status.state === state) return vm;
        throw new Error(`it is ${vm.status.state} (${vm.status.reason})`);
      },
      { timeoutMs, everyMs: 25, what: `the VM is ${state}` },
    );
  }

  async operationsOf(id: string): Promise<OperationView[]> {
    const page = await this.ask<{ items: OperationView[] }>('GET', '/v1/operations?limit=1000');
    return page.items.filter((it) => it.resources.some((resource) => resource.id === id));
  }
}
