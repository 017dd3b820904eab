import { Counter, Gauge, Histogram, type Registry, register } from 'prom-client';

/** Measures of the bus. `kind` is the second word of the subject: desired, cmd, evt, hb, rpc, beacon. */
export interface BusHooks {
  published(kind: string): void;
  /** Not sent because there was no connection; core messages are not kept for later. */
  dropped(kind: string): void;
  malformed(kind: string): void;
  redelivered(kind: string): void;
  handlerFailed(kind: string): void;
  /** A durable message was handled; `waitedSeconds` since it was stored. */
  handled(kind: string, waitedSeconds: number, seconds: number): void;
  /** A request was answered, with or without an error. */
  requested(kind: string, outcome: 'ok' | 'error', seconds: number): void;
  connection(is: 'up' | 'down'): void;
}

const COUNTERS = {
  published: ['vman_bus_published_total', 'Messages handed to the bus.'],
  dropped: ['vman_bus_dropped_total', 'Messages not sent because the bus was away.'],
  malformed: [
    'vman_bus_malformed_total',
    'Messages dropped because they did not decode or named another host.',
  ],
  redelivered: ['vman_bus_redelivered_total', 'Durable messages that came again.'],
  handlerFailed: ['vman_bus_handler_failed_total', 'Messages whose handler threw.'],
} as const satisfies Partial<Record<keyof BusHooks, readonly [string, string]>>;

const SECONDS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30, 300];

/** Hooks that measure in a prom-client registry; calling it twice on one registry shares the metrics. */
export function prometheusBusHooks(registry: Registry = register): BusHooks {
  const registers = [registry];
  const count = (key: keyof typeof COUNTERS) => {
    const [name, help] = COUNTERS[key];
    const existing = registry.getSingleMetric(name) as Counter<'kind'> | undefined;
    const counter = existing ?? new Counter({ name, help, labelNames: ['kind'], registers });
    return (kind: string) => counter.inc({ kind });
  };
  const time = (name: string, help: string, labelNames: string[]) =>
    (registry.getSingleMetric(name) as Histogram | undefined) ??
    new Histogram({ name, help, labelNames, buckets: SECONDS, registers });
  const waited = time(
    'vman_bus_wait_seconds',
    'How long a durable message lay in its stream before it was handled.',
    ['kind'],
  );
  const worked = time('vman_bus_handle_seconds', 'How long the handler of a durable message took.', ['kind']);
  const asked = time('vman_bus_request_seconds', 'From a request over the bus to its answer.', [
    'kind',
    'outcome',
  ]);
  const up =
    (registry.getSingleMetric('vman_bus_connected') as Gauge | undefined) ??
    new Gauge({ name: 'vman_bus_connected', help: '1 while there is a connection to the bus.', registers });
  const connections =
    (registry.getSingleMetric('vman_bus_connections_total') as Counter | undefined) ??
    new Counter({
      name: 'vman_bus_connections_total',
      help: 'Connections to the bus, the first one too.',
      registers,
    });
  return {
    published: count('published'),
    dropped: count('dropped'),
    malformed: count('malformed'),
    redelivered: count('redelivered'),
    handlerFailed: count('handlerFailed'),
    handled(kind, waitedSeconds, seconds) {
      waited.observe({ kind }, Math.max(0, waitedSeconds));
      worked.observe({ kind }, seconds);
    },
    requested: (kind, outcome, seconds) => asked.observe({ kind, outcome }, seconds),
    connection(is) {
      up.set(is === 'up' ? 1 : 0);
      if (is === 'up') connections.inc();
    },
  };
}

export function kindOfSubject(subject: string): string {
  return subject.split('.')[1] ?? '';
}
