import type { Bus } from '#libs/bus';
import { diskSpaceCheck, type HealthCheck, pingCheck, storageCheck } from '#libs/health';
import type { Database } from '../db-operator/index.js';
import type { ObserverSeen } from './observer-seen.js';

/** With less than this the next import fails. */
const MIN_FREE_BYTES = 1024 ** 3;

/** What intel needs; without the observer it works, but nothing is repaired centrally. */
export function intelChecks(
  database: Database,
  bus: Bus,
  imageStorePath: string,
  observer: ObserverSeen,
): HealthCheck[] {
  return [
    pingCheck('database', true, () => database.ping()),
    {
      name: 'migrations',
      critical: true,
      run: async () => {
        const pending = await database.pendingMigrations();
        return { ok: !pending, message: pending ? 'not all are done' : 'up to date' };
      },
    },
    {
      name: 'bus',
      critical: false,
      run: async () => ({
        ok: bus.connected,
        message: bus.connected ? `nats-server ${bus.serverVersion}` : 'away; changes wait in the database',
      }),
    },
    storageCheck('image-store', imageStorePath),
    diskSpaceCheck({
      name: 'disk-space',
      path: imageStorePath,
      minFreeBytes: MIN_FREE_BYTES,
      critical: false,
    }),
    { name: 'observer', critical: false, run: async () => observer.look() },
  ];
}
