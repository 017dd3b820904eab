import { access, constants } from 'node:fs/promises';
import type { Bus } from '#libs/bus';
import { diskSpaceCheck, type HealthCheck, storageCheck } from '#libs/health';
import type { Operator } from '../operator.js';

/** With less than this the disks of guests soon have no room to grow. */
const MIN_FREE_BYTES = 2 * 1024 ** 3;

/** What the operator needs to do its work, and what it can do without for a while. */
export function operatorChecks(
  operator: Operator,
  bus: Pick<Bus, 'connected' | 'serverVersion'>,
): HealthCheck[] {
  const { host, registry } = operator;
  return [
    storageCheck('storage', host.paths.vms),
    diskSpaceCheck({
      name: 'disk-space',
      path: host.paths.vms,
      minFreeBytes: MIN_FREE_BYTES,
      critical: false,
    }),
    {
      name: 'pools',
      critical: false,
      run: async () => {
        const faults = host.pools.faults.map(({ name, reason }) => `${name}: ${reason}`);
        return { ok: faults.length === 0, message: faults.join('; ') || 'all can be used' };
      },
    },
    {
      name: 'bus',
      critical: true,
      run: async () => ({
        ok: bus.connected,
        message: bus.connected ? `nats-server ${bus.serverVersion}` : 'not connected',
      }),
    },
    { name: 'qemu', critical: true, run: () => lookAtQemu(operator) },
    {
      name: 'observer',
      critical: false,
      run: async () => ({
        ok: !host.beacon.alone,
        message: host.beacon.alone ? 'not heard; this host decides on restarts itself' : 'heard',
      }),
    },
    {
      name: 'vms',
      critical: false,
      run: async () => {
        const open = registry.all().filter((loop) => !loop.adopted).length;
        return { ok: open === 0, message: open === 0 ? 'all were looked at' : `${open} not looked at yet` };
      },
    },
  ];
}

/** The program may have been taken away since it was tried. */
async function lookAtQemu({ host, hypervisor }: Operator): Promise<{ ok: boolean; message: string }> {
  const { qemuVersion, accelerator, acceleratorReason } = hypervisor.told;
  if (!qemuVersion) return { ok: false, message: acceleratorReason };
  try {
    await access(host.qemu.binary, constants.X_OK);
  } catch {
    return { ok: false, message: `${host.qemu.binary} is gone` };
  }
  return { ok: true, message: `QEMU ${qemuVersion}, ${accelerator}` };
}
