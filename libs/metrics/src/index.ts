export type { Counter, Gauge, Histogram } from 'prom-client';
export { counterProvider, gaugeProvider, histogramProvider, InjectMetric } from './metric-providers.js';
export { counter, gauge, type HistogramOptions, histogram, type MetricOptions } from './metrics.js';
export { MetricsModule } from './metrics.module.js';
export { type Figure, readAtScrape, type Sample } from './read-at-scrape.js';
