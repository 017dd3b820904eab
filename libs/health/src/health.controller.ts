import { Controller, Get, Inject, Res } from '@nestjs/common';
import type { HealthCheckResult } from '@nestjs/terminus';
import { type HealthAnswer, HealthService } from './health.service.js';

interface Reply {
  status(code: number): unknown;
}

@Controller()
export class HealthController {
  constructor(@Inject(HealthService) private readonly service: HealthService) {}

  /** Everything, for people and dashboards. */
  @Get('health')
  async health(@Res({ passthrough: true }) reply: Reply): Promise<HealthCheckResult> {
    return send(reply, await this.service.health());
  }

  /** Whether to send work here, for load balancers. */
  @Get('ready')
  async ready(@Res({ passthrough: true }) reply: Reply): Promise<HealthCheckResult> {
    return send(reply, await this.service.ready());
  }

  /** Whether the process answers at all, for supervisors: a missing database is no reason to restart it. */
  @Get('live')
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }
}

function send(reply: Reply, answer: HealthAnswer): HealthCheckResult {
  reply.status(answer.httpStatus);
  return answer.body;
}
