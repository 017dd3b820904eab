/**
 * One request, tried until it has an answer that counts. A change carries one idempotency key through all its tries, so
 * that a try whose answer was lost is not carried out twice. The body is read once and sent again: bodies are small.
 */
import { TriedError, UnreachableError } from '../errors.js';
import type { Ports } from '../ports.js';
import type { DryRun } from '../types.js';
import { type Failure, retryAfterOf, retryDelay } from './retry-delay.js';
import { timeLimitOf } from './time-limit.js';

const SAFE = ['GET', 'HEAD'];

export interface SendOptions {
  /** How often a request is tried again; 0: never. */
  retries: number;
  userAgent?: string;
  /** The ETag that a thing must still have when it is changed. */
  ifMatch?: string;
  /** Changes are only tried. */
  dryRun?: boolean;
  /** What a try may take beyond its usual time: the request asks for work that takes long. */
  extraMs?: number;
}

export function requestSender(ports: Ports, options: SendOptions): (request: Request) => Promise<Response> {
  return async (request) => {
    const { method, signal } = request;
    const tried = options.dryRun === true && !SAFE.includes(method);
    const url = tried ? withDryRun(request.url) : request.url;
    const headers = new Headers(request.headers);
    if (options.userAgent) headers.set('user-agent', options.userAgent);
    if (!SAFE.includes(method)) {
      if (!headers.has('idempotency-key')) headers.set('idempotency-key', ports.newKey());
      if (options.ifMatch !== undefined) headers.set('if-match', options.ifMatch);
    }
    const body = request.body === null ? undefined : await request.text();
    for (let retries = 0; ; retries++) {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(timeLimitOf(url) + (options.extraMs ?? 0))]);
      const answer = await ports
        .fetch(url, { method, headers, body, signal: limit })
        .catch((error: unknown) => {
          if (signal.aborted) throw signal.reason;
          return new UnreachableError(new URL(url).origin, error);
        });
      const failure = failureOf(answer);
      const delay =
        failure && retries < options.retries ? retryDelay(failure, retries, ports.random()) : undefined;
      if (delay !== undefined) {
        await ports.sleep(delay, signal);
        continue;
      }
      if (answer instanceof UnreachableError) throw answer;
      if (tried && answer.ok) throw new TriedError((await answer.json()) as DryRun);
      return answer;
    }
  };
}

function withDryRun(text: string): string {
  const url = new URL(text);
  url.searchParams.set('dryRun', 'true');
  return url.href;
}

function failureOf(answer: Response | UnreachableError): Failure | undefined {
  if (answer instanceof UnreachableError) return {};
  if (answer.ok) return undefined;
  return {
    status: answer.status,
    retryAfterSeconds: retryAfterOf(answer.headers.get('retry-after'), Date.now()),
  };
}
