import type { Settings } from '../setting.js';

/** Settings of the coherence keeper. */
export const observerSettings = {
  observerAddress: {
    env: 'VMAN_OBSERVER_ADDRESS',
    type: 'string',
    pattern: /^[A-Za-z0-9.:_-]+$/,
    form: 'an IP address or a host name',
    default: '127.0.0.1',
    description: 'Address on which health and metrics are served.',
  },
  observerPort: {
    env: 'VMAN_OBSERVER_PORT',
    type: 'integer',
    min: 0,
    max: 65535,
    default: '7402',
    description: 'Port on which health and metrics are served. 0: any free one.',
  },
  observerInterval: {
    env: 'VMAN_OBSERVER_INTERVAL',
    type: 'duration',
    minMs: 100,
    maxMs: 3_600_000,
    default: '30s',
    description: 'Time between two full sweeps; events are looked at immediately.',
    example: '10s',
  },
  observerObserveOnly: {
    env: 'VMAN_OBSERVER_OBSERVE_ONLY',
    type: 'boolean',
    default: 'false',
    description: 'Finds and tells drifts, and repairs none; hosts restart what crashed by themselves.',
  },
  observerRepairBudget: {
    env: 'VMAN_OBSERVER_REPAIR_BUDGET',
    type: 'integer',
    min: 1,
    max: 1_000_000,
    unit: 'repairs a minute',
    default: '1000',
    description:
      'Repairs of the whole fleet in a minute. When they are used up, repairs stop: the brake is on.',
  },
  observerHostStarts: {
    env: 'VMAN_OBSERVER_HOST_STARTS',
    type: 'integer',
    min: 1,
    max: 1_000_000,
    unit: 'starts a minute',
    default: '120',
    description: 'Restarts on one host in a minute; those beyond wait.',
  },
} as const satisfies Settings;
