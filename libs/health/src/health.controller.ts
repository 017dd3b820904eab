import { Controller, Get, Inject, Res } from '@nestjs/common';
import type { HealthCheckResult } from '@nestjs/terminus';
import { type HealthAnswer, HealthService } from './health.service.js';
import { Liveness } from './liveness.js';

interface Reply {
  status(code: number): unknown;
}

@Controller()
export class HealthController {
  constructor(
    @Inject(HealthService) private readonly service: HealthService,
    @Inject(Liveness) private readonly liveness: Liveness,
  ) {}

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

  /** Whether the process answers and its loops turn, for supervisors: a missing database is no reason to restart it. */
  @Get('live')
  live(@Res({ passthrough: true }) reply: Reply): { status: 'ok' } | { status: 'stuck'; loops: string[] } {
    const loops = this.liveness.stuck;
    if (loops.length === 0) return { status: 'ok' };
    reply.status(503);
    return { status: 'stuck', loops };
  }
}

function send(reply: Reply, answer: HealthAnswer): HealthCheckResult {
  reply.status(answer.httpStatus);
  return answer.body;
}
