import { Counter, Gauge, Histogram, type Metric, register } from 'prom-client';
import { checkMetricName } from './metric-name.js';

export interface MetricOptions<L extends string> {
  /** `vman_...`, snake case, base units; counters end in `_total`. */
  name: string;
  help: string;
  /** Only labels with few values: never an id or a name that users give. */
  labelNames?: readonly L[];
}

export interface HistogramOptions<L extends string> extends MetricOptions<L> {
  /** Upper bounds, in the unit of the name. */
  buckets?: number[];
}

/** The counter of that name in the process; made when it is not there yet. */
export function counter<L extends string>(options: MetricOptions<L>): Counter<L> {
  checkMetricName(options.name, 'counter');
  return existing(options.name, Counter<L>) ?? new Counter<L>(options);
}

/** The gauge of that name in the process; made when it is not there yet. */
export function gauge<L extends string>(options: MetricOptions<L> & { collect?: () => void }): Gauge<L> {
  checkMetricName(options.name, 'gauge');
  return existing(options.name, Gauge<L>) ?? new Gauge<L>(options);
}

/** The histogram of that name in the process; made when it is not there yet. */
export function histogram<L extends string>(options: HistogramOptions<L>): Histogram<L> {
  checkMetricName(options.name, 'histogram');
  return existing(options.name, Histogram<L>) ?? new Histogram<L>(options);
}

function existing<M extends Metric>(name: string, kind: abstract new (...args: never[]) => M): M | undefined {
  const found = register.getSingleMetric(name);
  if (found === undefined) return undefined;
  if (found instanceof kind) return found;
  throw new Error(`metric ${name} exists as another kind`);
}
