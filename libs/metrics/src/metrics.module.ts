import { type DynamicModule, Module, type NestModule } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { register } from 'prom-client';
import { measureRequests, type ResponseHooks } from './http-metrics.js';

/** Node's own gauges whose names promise a counter; `nodejs_active_*` by type say the same. */
const MISNAMED = [
  'nodejs_active_resources_total',
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
];

/** `/metrics` in Prometheus' text form: Node's own figures (event loop lag too), the HTTP requests, and all `vman_`. */
@Module({})
export class MetricsModule implements NestModule {
  constructor(private readonly adapter: HttpAdapterHost) {}

  /** @param options.service the `service` label on every sample */
  static async forRoot(options: { service: string }): Promise<DynamicModule> {
    // Loaded late: a CommonJS package that requires Nest cannot be loaded while Nest's own modules still are.
    const { PrometheusModule } = await import('@willsoto/nestjs-prometheus');
    const fresh = register.getSingleMetric('process_cpu_user_seconds_total') === undefined;
    const prometheus = PrometheusModule.register({
      path: '/metrics',
      defaultMetrics: { enabled: fresh },
      defaultLabels: { service: options.service },
    });
    for (const name of MISNAMED) register.removeSingleMetric(name);
    return { module: MetricsModule, imports: [prometheus] };
  }

  /** Runs before the routes are registered; hooks added later would not hold for them. */
  configure(): void {
    const fastify: ResponseHooks | undefined = this.adapter.httpAdapter?.getInstance();
    if (fastify !== undefined) measureRequests(fastify);
  }
}
