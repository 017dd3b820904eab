import type { VmanClient } from '#libs/client';
import type { LiveNames } from './live-names.js';

const MOST_NAMES = 200;

/** The names that a person may type there. */
export async function namesThere(live: Exclude<LiveNames, 'context'>, client: VmanClient): Promise<string[]> {
  const limit = MOST_NAMES;
  switch (live) {
    case 'vm':
      return namesIn(await client.vms.list({ limit, sort: 'name' }));
    case 'trash':
      return namesIn(await client.vms.list({ limit, trash: 'only' }));
    case 'host':
      return namesIn(await client.hosts.list({ limit }));
    case 'template':
      return namesIn(await client.templates.list({ limit }));
    case 'network':
      return namesIn(await client.networks.list({ limit }));
    case 'pool':
      return namesIn(await client.pools.list({ limit }));
    case 'project':
      return namesIn(await client.projects.list({ limit }));
    case 'token':
      return namesIn(await client.tokens.list({ limit }));
    case 'disk':
      return (await client.disks.list({ limit })).items.map(({ name, id }) => name ?? id);
    case 'snapshot':
      return (await client.snapshots.list({ limit })).items.map(({ vm, name }) => `${vm.name}/${name}`);
    case 'address':
      return (await client.addresses.list({ limit })).items.map(({ address }) => address);
    case 'backup':
      return idsIn(await client.backups.list({ limit }));
    case 'port-forward':
      return idsIn(await client.portForwards.list({ limit }));
    case 'operation':
      return idsIn(await client.operations.list({ limit }));
    case 'drift':
      return idsIn(await client.drifts.list({ limit }));
    case 'repair':
      return idsIn(await client.drifts.listRepairs({ limit }));
    case 'pause':
      return idsIn(await client.drifts.listPauses({ limit }));
  }
}

const namesIn = ({ items }: { items: { name: string }[] }) => items.map(({ name }) => name);
const idsIn = ({ items }: { items: { id: string }[] }) => items.map(({ id }) => id);
