import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import {
  type Counter,
  counterProvider,
  type Gauge,
  gaugeProvider,
  type Histogram,
  histogramProvider,
  InjectMetric,
  MetricsModule,
} from './index.js';

@Controller('vms')
class Vms {
  constructor(
    @InjectMetric('vman_reads_total') private readonly reads: Counter,
    @InjectMetric('vman_vms') private readonly vms: Gauge,
    @InjectMetric('vman_read_seconds') private readonly seconds: Histogram,
  ) {}

  @Get(':id')
  get(): string {
    this.reads.inc();
    this.vms.set(3);
    this.seconds.observe(0.2);
    return 'ok';
  }
}

@Module({
  imports: [MetricsModule.forRoot({ service: 'intel' })],
  controllers: [Vms],
  providers: [
    counterProvider({ name: 'vman_reads_total', help: 'Reads.' }),
    gaugeProvider({ name: 'vman_vms', help: 'VMs.' }),
    histogramProvider({ name: 'vman_read_seconds', help: 'Time.', buckets: [1] }),
  ],
})
class App {}

let app: NestFastifyApplication;
let base: string;

beforeAll(async () => {
  app = await NestFactory.create<NestFastifyApplication>(App, new FastifyAdapter(), { logger: false });
  await app.listen(0, '127.0.0.1');
  base = await app.getUrl();
});
afterAll(() => app.close());

describe('/metrics', () => {
  it('has the own metrics, those of Node and the event loop, all with the service', async () => {
    await fetch(`${base}/vms/1`);
    const text = await (await fetch(`${base}/metrics`)).text();
    expect(text).toContain('vman_reads_total{service="intel"} 1');
    expect(text).toContain('vman_vms{service="intel"} 3');
    expect(text).toContain('vman_read_seconds_bucket{le="1",service="intel"} 1');
    expect(text).toContain('nodejs_eventloop_lag_seconds{service="intel"}');
  });

  it('counts requests by route: no path of a stranger becomes a label', async () => {
    await Promise.all(['vms/2', 'vms/3', 'secret-a', 'secret-b'].map((path) => fetch(`${base}/${path}`)));
    const text = await (await fetch(`${base}/metrics`)).text();
    expect(text).toMatch(/vman_http_request_duration_seconds_count\{.*route="\/vms\/:id",status="200".*\} 3/);
    expect(text).toMatch(/route="unmatched",status="404"/);
    expect(text).not.toMatch(/secret-a|vms\/2/);
  });

  it('is made a second time in the same process without a fault', async () => {
    expect((await MetricsModule.forRoot({ service: 'intel' })).imports).toHaveLength(1);
  });
});
