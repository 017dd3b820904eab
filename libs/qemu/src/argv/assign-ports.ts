import { VmanError } from '#libs/errors';
import type { QemuSpec } from './qemu-spec.js';

/**
 * PCI ports of the NICs, the disks and the seed, in the order of the spec. A guest names its interfaces by the
 * place on the bus, so NICs come first: adding a disk does not rename them. A fixed `port` is always honoured.
 */
export interface PortPlan {
  nics: number[];
  disks: number[];
  seed: number | undefined;
  /** Number of ports, spare ones included. */
  total: number;
}

export function assignPorts(spec: Pick<QemuSpec, 'nics' | 'disks' | 'seedPath' | 'sparePorts'>): PortPlan {
  const taken = new Set<number>();
  for (const { port } of [...spec.nics, ...spec.disks]) {
    if (port === undefined) continue;
    if (!Number.isInteger(port) || port < 0 || taken.has(port)) {
      throw new VmanError('invalid_input', `PCI port ${port} is given twice or is not a port`);
    }
    taken.add(port);
  }
  const lowestFree = (): number => {
    let port = 0;
    while (taken.has(port)) port += 1;
    taken.add(port);
    return port;
  };
  const nics = spec.nics.map((nic) => nic.port ?? lowestFree());
  const disks = spec.disks.map((disk) => disk.port ?? lowestFree());
  const seed = spec.seedPath === undefined ? undefined : lowestFree();
  return { nics, disks, seed, total: Math.max(-1, ...taken) + 1 + (spec.sparePorts ?? 0) };
}
