import { Counter, type Registry, register } from 'prom-client';

/** Counters of the bus. `kind` is the second word of the subject: desired, cmd, evt, hb, rpc, beacon. */
export interface BusHooks {
  published(kind: string): void;
  /** Not sent because there was no connection; core messages are not kept for later. */
  dropped(kind: string): void;
  malformed(kind: string): void;
  redelivered(kind: string): void;
  handlerFailed(kind: string): void;
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
} as const satisfies Record<keyof BusHooks, readonly [string, string]>;

/** Hooks that count in a prom-client registry; calling it twice on one registry shares the counters. */
export function prometheusBusHooks(registry: Registry = register): BusHooks {
  const count = (key: keyof BusHooks) => {
    const [name, help] = COUNTERS[key];
    const existing = registry.getSingleMetric(name) as Counter<'kind'> | undefined;
    const counter = existing ?? new Counter({ name, help, labelNames: ['kind'], registers: [registry] });
    return (kind: string) => counter.inc({ kind });
  };
  return {
    published: count('published'),
    dropped: count('dropped'),
    malformed: count('malformed'),
    redelivered: count('redelivered'),
    handlerFailed: count('handlerFailed'),
  };
}

export function kindOfSubject(subject: string): string {
  return subject.split('.')[1] ?? '';
}
