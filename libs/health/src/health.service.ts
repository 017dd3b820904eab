import { HttpException, Inject, Injectable, Logger } from '@nestjs/common';
import { type HealthCheckResult, HealthCheckService, type HealthIndicatorResult } from '@nestjs/terminus';
import { Draining } from './draining.js';
import type { CheckOutcome, HealthCheck } from './health-check.js';
import { runCheck } from './run-check.js';

export const HEALTH_CHECKS = Symbol('HealthChecks');

export interface HealthAnswer {
  /** 200, or 503 when a critical check failed or the service is shutting down. */
  httpStatus: number;
  body: HealthCheckResult;
}

/** Runs the checks through Terminus, and logs each change of one. */
@Injectable()
export class HealthService {
  readonly #logger = new Logger('health');
  readonly #failing = new Set<string>();

  constructor(
    @Inject(HEALTH_CHECKS) private readonly checks: readonly HealthCheck[],
    @Inject(HealthCheckService) private readonly terminus: HealthCheckService,
    @Inject(Draining) private readonly draining: Draining,
  ) {}

  /** Every check; one that is not critical makes the whole `degraded`, not failed. */
  health(): Promise<HealthAnswer> {
    return this.#answer(this.checks);
  }

  /** Whether new work may be sent here: the critical checks, and not draining. */
  async ready(): Promise<HealthAnswer> {
    const answer = await this.#answer(this.checks.filter((check) => check.critical));
    if (!this.draining.begun) return answer;
    return { httpStatus: 503, body: { ...answer.body, status: 'shutting_down' } };
  }

  async #answer(checks: readonly HealthCheck[]): Promise<HealthAnswer> {
    try {
      const body = await this.terminus.check(checks.map((check) => () => this.#indicate(check)));
      return { httpStatus: 200, body };
    } catch (error) {
      if (!(error instanceof HttpException)) throw error;
      return { httpStatus: error.getStatus(), body: error.getResponse() as HealthCheckResult };
    }
  }

  async #indicate(check: HealthCheck): Promise<HealthIndicatorResult> {
    const outcome = await runCheck(check);
    this.#logChange(check, outcome);
    const failed = check.critical ? 'down' : 'degraded';
    const status = outcome.ok ? 'up' : failed;
    return { [check.name]: { status, critical: check.critical, message: outcome.message } };
  }

  #logChange(check: HealthCheck, outcome: CheckOutcome): void {
    if (outcome.ok === !this.#failing.has(check.name)) return;
    if (outcome.ok) {
      this.#failing.delete(check.name);
      this.#logger.log(`${check.name} is well again: ${outcome.message}`);
    } else {
      this.#failing.add(check.name);
      this.#logger.warn(`${check.name} fails: ${outcome.message}`);
    }
  }
}
