import { netdevId, nicDeviceId } from './device-names.js';
import type { DeviceProperties } from './disk-nodes.js';
import type { PciPlace } from './pci-layout.js';
import type { ForwardSpec, NicSpec } from './qemu-spec.js';

/** Properties of one network backend: a `-netdev` argument or the arguments of QMP `netdev_add`. */
export type NetdevProperties = { type: string; id: string } & Record<string, unknown>;

/** A port forward in the words of QEMU's user network. */
export const hostForwardRule = (forward: ForwardSpec): string =>
  `${forward.protocol}:${forward.hostAddress}:${forward.hostPort}-:${forward.guestPort}`;

export function nicNetdev(nic: NicSpec): NetdevProperties {
  const id = netdevId(nic.id);
  switch (nic.backend.kind) {
    case 'user': {
      const hostfwd = nic.backend.forwards.map((forward) => ({ str: hostForwardRule(forward) }));
      return { type: 'user', id, ...(hostfwd.length > 0 ? { hostfwd } : {}) };
    }
    case 'tap':
      return { type: 'tap', id, fd: nic.backend.fd, vhost: false };
  }
}

/** The virtio-net device of a NIC, without an option ROM: VMAN boots from disks. */
export function nicDevice(nic: NicSpec, place: PciPlace): DeviceProperties {
  return {
    driver: 'virtio-net-pci',
    id: nicDeviceId(nic.id),
    netdev: netdevId(nic.id),
    mac: nic.mac.toLowerCase(),
    romfile: '',
    ...place,
  };
}
