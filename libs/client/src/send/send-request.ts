/**
 * One request, tried until it has an answer that counts. A change carries one idempotency key through all its tries, so
 * that a try whose answer was lost is not carried out twice.
 */
import { TriedError, UnreachableError } from '../errors.js';
import type { Ports } from '../ports.js';
import type { DryRun } from '../types.js';
import type { Answer, Send } from './exchange.js';
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

export function requestSender(ports: Ports, options: SendOptions): Send {
  return async (request) => {
    const { method, body, signal } = request;
    const tried = options.dryRun === true && !SAFE.includes(method);
    const url = tried ? withDryRun(request.url) : request.url;
    const headers = { ...request.headers };
    if (options.userAgent) headers['user-agent'] = options.userAgent;
    if (!SAFE.includes(method)) {
      headers['idempotency-key'] = ports.newKey();
      if (options.ifMatch !== undefined) headers['if-match'] = options.ifMatch;
    }
    for (let retries = 0; ; retries++) {
      const inTime = AbortSignal.timeout(timeLimitOf(url) + (options.extraMs ?? 0));
      const limit = signal ? AbortSignal.any([signal, inTime]) : inTime;
      const answer = await ports
        .fetch(url, { method, headers, body, signal: limit })
        .catch((error: unknown) => {
          if (signal?.aborted) throw signal.reason;
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

function failureOf(answer: Answer | UnreachableError): Failure | undefined {
  if (answer instanceof UnreachableError) return {};
  if (answer.ok) return undefined;
  return {
    status: answer.status,
    retryAfterSeconds: retryAfterOf(answer.headers.get('retry-after'), Date.now()),
  };
}
