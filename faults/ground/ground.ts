/**
 * What a round stands on: the trio with two hosts, every wire through a fault proxy, a database server that may be
 * killed, and watchers that look all the time. Faults act on it; the checker reads it.
 */
import { join } from 'node:path';
import { Stack } from '../../test/e2e/stack/stack.js';
import type { Random } from '../random.js';
import type { Violation } from '../violation.js';
import { Client } from '../workload/client.js';
import { History } from '../workload/history.js';
import { BusTap } from './bus-tap.js';
import { Bystanders } from './bystanders.js';
import { DISK_HOST, HostDisk } from './host-disk.js';
import type { OwnPostgres } from './own-postgres.js';
import { ProcessWatch } from './process-watch.js';
import { ShownWatch } from './shown-watch.js';
import { Wires } from './wires.js';

const HOSTS = 2;
const BYSTANDERS = 3;

export interface Ground {
  stack: Stack;
  wires: Wires;
  postgres: OwnPostgres;
  tap: BusTap;
  client: Client;
  history: History;
  bystanders: Bystanders;
  violations: Violation[];
  /** The storage of one host, when something of the round needs it. */
  disk?: HostDisk;
  /** Where the API is; a fault may add a replica for its time. */
  apiUrls: string[];
}

/** Gives `work` a ground of its own, and clears it away whatever happens. */
export async function onGround<T>(
  postgres: OwnPostgres,
  { random, withDisk }: { random: Random; withDisk: boolean },
  work: (ground: Ground) => Promise<T>,
): Promise<T> {
  const violations: Violation[] = [];
  const history = new History();
  let wires: Wires | undefined;
  const disk = withDisk ? await HostDisk.make() : undefined;
  const forwardAddress = `127.${random.between(1, 250)}.${random.between(0, 250)}.${random.between(2, 250)}`;
  const stack = await Stack.start({
    hosts: HOSTS,
    database: await postgres.createDatabase(),
    settings: async (servers) => {
      wires = await Wires.between(servers, HOSTS);
      const { settings } = wires;
      return (service) => ({
        ...settings(service),
        ...(disk && service === DISK_HOST ? { VMAN_STORAGE_PATH: disk.folder } : {}),
        ...(service === 'intel' ? { VMAN_FORWARD_ADDRESS: forwardAddress } : {}),
      });
    },
  }).catch(async (error) => {
    await wires?.stop();
    await disk?.remove();
    throw error;
  });
  if (!wires) throw new Error('the stack asked for no settings');
  const apiUrls = [stack.intel.url];
  const client = new Client(() => apiUrls, join(stack.folder, 'token'), history, violations);
  const tap = await BusTap.open(stack.nats.url, violations);
  const processes = new ProcessWatch(stack.folder, violations);
  const shown = new ShownWatch(client, tap, violations);
  const bystanders = new Bystanders(client, stack.folder, violations);
  try {
    await bystanders.create(BYSTANDERS);
    const watched = { tap, client, history, bystanders, violations, apiUrls };
    return await work({ stack, wires, postgres, ...watched, ...(disk && { disk }) });
  } finally {
    processes.stop();
    await shown.stop();
    await tap.close();
    wires.heal();
    await disk?.heal();
    await stack.stop();
    await wires.stop();
    await disk?.remove();
  }
}
