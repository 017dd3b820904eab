import type { Host } from '#libs/client';
import { age, bytes, labels, mebibytes, moment } from '../output/figures.js';
import type { Look } from '../output/print.js';
import type { Fact } from '../output/sheet.js';
import type { Colour } from '../terminal/colour.js';

export const hostLook: Look<Host> = {
  name: (host) => host.name,
  columns: [
    { header: 'NAME', value: (host) => host.name },
    { header: 'STATE', value: (host) => host.state, colour: stateColour },
    { header: 'VMS', value: (host) => String(host.vmCount) },
    { header: 'CPUS', value: (host) => `${host.reservedVcpus}/${host.cpus}` },
    {
      header: 'MEMORY',
      value: (host) => `${mebibytes(host.reservedMemoryMiB)}/${mebibytes(host.memoryMiB)}`,
    },
    {
      header: 'STORAGE FREE',
      value: (host) => `${bytes(host.storageFreeBytes)}/${bytes(host.storageBytes)}`,
    },
    { header: 'SEEN', value: (host, nowMs) => age(host.seenAt, nowMs) },
    { header: 'ACCELERATOR', value: (host) => host.accelerator, wide: true },
    { header: 'QEMU', value: (host) => host.qemuVersion, wide: true },
    { header: 'AGENT', value: (host) => host.agentVersion, wide: true },
    { header: 'LABELS', value: (host) => labels(host.labels), wide: true },
    { header: 'DRY RUN', value: (host) => (host.dryRun ? 'yes' : ''), wide: true },
    { header: 'ID', value: (host) => host.id, wide: true },
  ],
  facts,
};

function stateColour({ state }: Host): Colour | undefined {
  switch (state) {
    case 'ready':
      return 'green';
    case 'suspect':
    case 'cordoned':
    case 'draining':
    case 'maintenance':
      return 'yellow';
    case 'unknown':
    case 'lost':
      return 'red';
  }
}

function facts(host: Host, nowMs: number): Fact[] {
  const reason = host.acceleratorReason ? ` (${host.acceleratorReason})` : '';
  return [
    { name: 'Name', value: host.name },
    { name: 'Id', value: host.id },
    { name: 'Labels', value: labels(host.labels) || undefined },
    { name: 'State', value: host.state, colour: stateColour(host) },
    { name: 'Seen', value: moment(host.seenAt, nowMs) },
    { name: 'VMs', value: String(host.vmCount) },
    {
      name: 'CPUs',
      value: `${host.reservedVcpus} of ${host.cpus} reserved, over-commit ${host.cpuOvercommit}x`,
    },
    {
      name: 'Memory',
      value: `${mebibytes(host.reservedMemoryMiB)} of ${mebibytes(host.memoryMiB)} reserved, over-commit ${host.memoryOvercommit}x`,
    },
    { name: 'Storage', value: `${bytes(host.storageFreeBytes)} of ${bytes(host.storageBytes)} free` },
    { name: 'Accelerator', value: `${host.accelerator}${reason}` },
    { name: 'QEMU', value: host.qemuVersion },
    { name: 'Agent', value: host.agentVersion },
    { name: 'Boot', value: host.bootId },
    {
      name: 'Refused',
      value: host.refused && `${host.refused.reason} (since ${host.refused.at}); vman host accept`,
    },
    { name: 'Dry run', value: host.dryRun ? 'yes: it plans and touches nothing' : undefined },
  ];
}
