import { REPORTED_STATES } from '#libs/contracts';
import { readAtScrape } from '#libs/metrics';
import { readCapacity } from '../fingerprint/read-capacity.js';
import { AGENT_VERSION } from '../operator.config.js';
import type { Operator } from '../operator.js';

const MIB = 1024 * 1024;

/** This host as it is when it is scraped. */
export function showHost(operator: Operator, hostName: string): void {
  const { host, registry, hypervisor } = operator;
  const { qemuVersion, accelerator } = hypervisor.told;
  readAtScrape(
    async () => ({ states: statesOf(operator), capacity: await readCapacity(host.paths.images) }),
    [
      {
        name: 'vman_operator_info',
        help: 'Always 1; who this host is.',
        labelNames: ['host', 'host_id', 'version', 'qemu', 'accelerator'],
        samples: () => [
          {
            labels: {
              host: hostName,
              host_id: host.hostId,
              version: AGENT_VERSION,
              qemu: qemuVersion,
              accelerator,
            },
            value: 1,
          },
        ],
      },
      {
        name: 'vman_operator_vms',
        help: 'VMs of this host by the state that it reports.',
        labelNames: ['state'],
        samples: ({ states }) =>
          REPORTED_STATES.map((state) => ({ labels: { state }, value: states.get(state) ?? 0 })),
      },
      {
        name: 'vman_operator_memory_bytes',
        help: 'Memory of this host.',
        samples: ({ capacity }) => [{ value: capacity.memoryMib * MIB }],
      },
      {
        name: 'vman_operator_storage_bytes',
        help: 'The file system of the storage folder: what it holds and what is free.',
        labelNames: ['kind'],
        samples: ({ capacity }) => [
          { labels: { kind: 'total' }, value: capacity.storageBytes },
          { labels: { kind: 'free' }, value: capacity.storageFreeBytes },
        ],
      },
      {
        name: 'vman_operator_orphans',
        help: 'QEMU processes of VMs that this host knows nothing of.',
        samples: () => [{ value: host.orphans.list.length }],
      },
      {
        name: 'vman_operator_waiting',
        help: 'VMs that wait until fewer of this host are worked on.',
        samples: () => [{ value: host.places.queued }],
      },
      {
        name: 'vman_operator_observer_heard',
        help: '1 while an observer decides on restarts; 0: this host decides itself.',
        samples: () => [{ value: host.beacon.alone ? 0 : 1 }],
      },
      {
        name: 'vman_operator_adopted',
        help: '1 once every VM was looked at after the start.',
        samples: () => [{ value: registry.all().every((loop) => loop.adopted) ? 1 : 0 }],
      },
    ],
  );
}

function statesOf({ host, registry }: Operator): Map<string, number> {
  const states = new Map<string, number>();
  for (const { vm } of registry.all()) {
    const state = host.reporter.rowOf(vm)?.state;
    if (state) states.set(state, (states.get(state) ?? 0) + 1);
  }
  return states;
}
