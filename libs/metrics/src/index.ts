export { InjectMetric } from '@willsoto/nestjs-prometheus';
export type { Counter, Gauge, Histogram } from 'prom-client';
export { counterProvider, gaugeProvider, histogramProvider } from './metric-providers.js';
export { counter, gauge, type HistogramOptions, histogram, type MetricOptions } from './metrics.js';
export { MetricsModule } from './metrics.module.js';
