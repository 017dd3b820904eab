import type { ListedPortForward } from '#libs/client';
import type { Look } from '../output/print.js';

export const portForwardLook: Look<ListedPortForward> = {
  name: (forward) => forward.id,
  columns: [
    { header: 'VM', value: (it) => it.vm.name },
    { header: 'PROTOCOL', value: (it) => it.protocol },
    { header: 'HOST PORT', value: (it) => `${it.hostAddress}:${it.hostPort}` },
    { header: 'GUEST PORT', value: (it) => String(it.guestPort) },
    { header: 'HOST', value: (it) => it.host.name },
    { header: 'CONNECT', value: (it) => it.connect },
    { header: 'ID', value: (it) => it.id },
    { header: 'RELEASING', value: (it) => (it.releasing ? 'yes' : ''), wide: true },
    { header: 'NIC', value: (it) => it.nicId, wide: true },
  ],
  facts: (forward) => [
    { name: 'Id', value: forward.id },
    { name: 'VM', value: forward.vm.name },
    { name: 'Host', value: forward.host.name },
    { name: 'Protocol', value: forward.protocol },
    { name: 'Host port', value: `${forward.hostAddress}:${forward.hostPort}` },
    { name: 'Guest port', value: String(forward.guestPort) },
    { name: 'Connect', value: forward.connect },
    { name: 'NIC', value: forward.nicId },
    { name: 'Releasing', value: forward.releasing ? 'yes' : undefined },
  ],
};
