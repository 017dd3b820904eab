import type { Counter, Gauge } from 'prom-client';
import { counter, gauge, type MetricOptions } from './metrics.js';

/** One figure of a reading: its samples replace those of the scrape before. */
export interface Figure<T> extends MetricOptions<string> {
  /** A counter whose value something else keeps. Left out: a gauge. */
  kind?: 'counter';
  samples(reading: T): Iterable<Sample>;
}

export interface Sample {
  labels?: Record<string, string>;
  value: number;
}

/**
 * Metrics that are read when they are scraped: one reading fills them all. A reading that fails leaves them without a
 * value, so that nobody takes an old one for the present. The newest reader of a name wins.
 */
export function readAtScrape<T>(read: () => T | Promise<T>, figures: readonly Figure<T>[]): void {
  let reading: Promise<T | undefined> | undefined;
  const shared = () => {
    reading ??= Promise.resolve()
      .then(read)
      .catch(() => undefined)
      .finally(() => {
        reading = undefined;
      });
    return reading;
  };
  for (const { kind, samples, ...options } of figures) {
    const metric: Gauge | Counter = kind === 'counter' ? counter(options) : gauge(options);
    const collect = async () => {
      const read = await shared();
      metric.reset();
      if (read === undefined) return forget(metric);
      for (const { labels = {}, value } of samples(read)) metric.inc(labels, value);
    };
    Object.assign(metric, { collect });
  }
}

/** Without labels a metric always has a sample. */
function forget(metric: Gauge | Counter): void {
  if ('set' in metric && isPlain(metric)) metric.set(Number.NaN);
}

const isPlain = (metric: object): boolean => (Reflect.get(metric, 'labelNames') as string[]).length === 0;
