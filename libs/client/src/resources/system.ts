import type { Send } from '../send/exchange.js';

/** The state of one thing that the API depends on. */
export interface HealthDetail {
  status: 'up' | 'degraded' | 'down';
  critical?: boolean;
  message?: string;
}

export interface Health {
  /** Whether it takes requests; a health answer with 503 says no. */
  ok: boolean;
  details: Record<string, HealthDetail>;
  /** The clock of the server, cut to seconds; undefined when it did not say. */
  serverTimeMs?: number;
  roundTripMs: number;
}

/** What the API says about itself; needs no token. */
export class System {
  constructor(
    private readonly url: string,
    private readonly send: Send,
    private readonly monotonic: () => number,
  ) {}

  async health(): Promise<Health> {
    const begun = this.monotonic();
    const response = await this.send({ method: 'GET', url: `${this.url}/health`, headers: {} });
    const roundTripMs = this.monotonic() - begun;
    const body = (await response.json().catch(() => ({}))) as { details?: Record<string, HealthDetail> };
    const date = Date.parse(response.headers.get('date') ?? '');
    return {
      ok: response.ok,
      details: body.details ?? {},
      serverTimeMs: Number.isNaN(date) ? undefined : date,
      roundTripMs,
    };
  }

  /** The version of the API as its own description has it. */
  async version(): Promise<string | undefined> {
    const response = await this.send({ method: 'GET', url: `${this.url}/openapi.json`, headers: {} });
    const body = (await response.json().catch(() => ({}))) as { info?: { version?: string } };
    return response.ok ? body.info?.version : undefined;
  }
}
