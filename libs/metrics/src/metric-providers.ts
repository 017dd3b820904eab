import { Inject, type Provider } from '@nestjs/common';
import { counter, gauge, type HistogramOptions, histogram, type MetricOptions } from './metrics.js';

const tokenOf = (name: string) => `vman-metric:${name}`;

/** Injects the metric that a provider below gives. */
export const InjectMetric = (name: string) => Inject(tokenOf(name));

/** For `@InjectMetric(name)`. */
export function counterProvider(options: MetricOptions<string>): Provider {
  return { provide: tokenOf(options.name), useFactory: () => counter(options) };
}

/** For `@InjectMetric(name)`. */
export function gaugeProvider(options: MetricOptions<string>): Provider {
  return { provide: tokenOf(options.name), useFactory: () => gauge(options) };
}

/** For `@InjectMetric(name)`. */
export function histogramProvider(options: HistogramOptions<string>): Provider {
  return { provide: tokenOf(options.name), useFactory: () => histogram(options) };
}
