import type { BusPort } from '#libs/bus';
import type { HealthCheck } from '#libs/health';
import type { DesiredReader } from '../view/desired-reader.js';

/** What the observer needs to decide on repairs. */
export function observerChecks(bus: BusPort, desired: DesiredReader): HealthCheck[] {
  return [
    {
      name: 'bus',
      critical: true,
      run: async () => ({ ok: bus.connected, message: bus.connected ? 'connected' : 'not connected' }),
    },
    {
      name: 'desired-state',
      critical: true,
      run: async () => ({ ok: desired.ready, message: desired.ready ? 'read' : 'not read yet' }),
    },
  ];
}
