import type { Provider } from '@nestjs/common';
import { getToken } from '@willsoto/nestjs-prometheus';
import { counter, gauge, type HistogramOptions, histogram, type MetricOptions } from './metrics.js';

/** For `@InjectMetric(name)`. */
export function counterProvider(options: MetricOptions<string>): Provider {
  return { provide: getToken(options.name), useFactory: () => counter(options) };
}

/** For `@InjectMetric(name)`. */
export function gaugeProvider(options: MetricOptions<string>): Provider {
  return { provide: getToken(options.name), useFactory: () => gauge(options) };
}

/** For `@InjectMetric(name)`. */
export function histogramProvider(options: HistogramOptions<string>): Provider {
  return { provide: getToken(options.name), useFactory: () => histogram(options) };
}
