import type { BusPort } from '#libs/bus';
import type { HealthCheck } from '#libs/health';
import type { Leadership } from '../leader/leadership.js';
import type { RepairControl } from '../repair/repair-control.js';
import type { DesiredReader } from '../view/desired-reader.js';

/** What the observer needs to decide on repairs. */
export function observerChecks(
  bus: BusPort,
  desired: DesiredReader,
  lead: Leadership,
  control: RepairControl,
): HealthCheck[] {
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
    {
      name: 'lead',
      critical: false,
      run: async () => ({
        ok: true,
        message: `${lead.leads ? 'leads' : 'stands by'}, epoch ${lead.speaker.epoch}`,
      }),
    },
    {
      name: 'repairs',
      critical: false,
      run: async () => ({
        ok: !control.brake.engaged,
        message: control.brake.engaged
          ? control.brake.reason
          : control.observeOnly
            ? 'observes only'
            : 'go on',
      }),
    },
  ];
}
