import pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { freeRanges, parseCidr } from '#libs/domain';
import { createTestDatabase } from '#libs/testing';
import { Database, type Taker } from '../apps/intel/src/db-operator/index.js';
import type { Bench } from './bench.js';
import { spread, timed } from './measure/median.js';

const TAKES = 400;
const WARM_UP = 50;
/** One address in so many is free in the nearly full network: 512 of a /16, no two beside each other. */
const FREE_EVERY = 128;
const GOAL_RATIO = 1.5;
const quiet = { info: () => {}, warn: () => {} };
const NETWORKS = {
  empty: '10.1.0.0/16',
  nearlyFull: '10.2.0.0/16',
  slash23: '10.3.0.0/23',
  slash8: '11.0.0.0/8',
  ipv6Slash64: 'fd00::/64',
} as const;

/** What it costs to take the next free address, in a transaction of its own. */
export const address: Bench = {
  name: 'address',
  what: `the next free address of an empty and of a nearly full /16, of a /8 and of an IPv6 /64, ${TAKES} times each`,
  goal: `nearly full <= ${GOAL_RATIO}x empty`,
  async run(say) {
    const postgres = await createTestDatabase();
    const database = await Database.open(postgres.url, quiet);
    try {
      const ids = await makeNetworks(database);
      await fill(postgres.url, ids.nearlyFull);
      const times = await measure(database, ids);
      const medians = Object.fromEntries(
        Object.entries(times).map(([name, list]) => [`${name}Ms`, spread(list).median]),
      );
      const ratio = Math.round((100 * (medians.nearlyFullMs ?? 0)) / (medians.emptyMs ?? 1)) / 100;
      const figures = { ...medians, ratio };
      for (const [key, value] of Object.entries(figures)) say(`${key.padEnd(14)} ${value}`);
      return { figures, holds: ratio <= GOAL_RATIO };
    } finally {
      await database.close();
      await postgres.drop();
    }
  },
};

type Ids = Record<keyof typeof NETWORKS, string>;

async function makeNetworks(database: Database): Promise<Ids> {
  const ids: Partial<Ids> = {};
  for (const [name, text] of Object.entries(NETWORKS) as [keyof Ids, string][]) {
    const cidr = parseCidr(text);
    if (!cidr) throw new Error(`${text} is no network`);
    const id = uuidv7();
    const cidrs = cidr.family === 4 ? { cidrV4: text } : { cidrV6: text };
    const row = { id, name: name.toLowerCase(), kind: 'bridge', bridge: 'br0', ...cidrs } as const;
    await database.transaction((tx) =>
      tx.networks.insert(row, freeRanges({ cidr, ranges: [], reserved: [] })),
    );
    ids[name] = id;
  }
  return ids as Ids;
}

/** As if VMs had come and gone for years: what is free lies scattered. */
async function fill(url: string, networkId: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query('DELETE FROM free_ranges WHERE network_id = $1', [networkId]);
  await client.query(
    `INSERT INTO addresses (id, network_id, project, family, address, automatic, state, source, vm_id, nic_id)
     SELECT gen_random_uuid(), $1, 'p', 4, '10.2.0.0'::inet + n, true, 'held', 'static', gen_random_uuid(), gen_random_uuid()
     FROM generate_series(1, 65534) AS n WHERE n % $2 <> 0`,
    [networkId, FREE_EVERY],
  );
  await client.query(
    `INSERT INTO free_ranges (network_id, family, automatic, next, last)
     SELECT $1, 4, true, '10.2.0.0'::inet + n, '10.2.0.0'::inet + n FROM generate_series(1, 65534) AS n WHERE n % $2 = 0`,
    [networkId, FREE_EVERY],
  );
  await client.query('ANALYZE addresses, free_ranges');
  await client.end();
}

/** In turn, so that all of them meet the same machine. */
async function measure(database: Database, ids: Ids): Promise<Record<string, number[]>> {
  const times: Record<string, number[]> = Object.fromEntries(Object.keys(ids).map((name) => [name, []]));
  for (let round = 0; round < WARM_UP + TAKES; round++) {
    for (const [name, networkId] of Object.entries(ids)) {
      const taker = takerIn(networkId, name === 'ipv6Slash64' ? 6 : 4);
      const ms = await timed(() => database.transaction((tx) => tx.addresses.takeNext(taker, 300)));
      if (round >= WARM_UP) times[name]?.push(ms);
    }
  }
  return times;
}

const takerIn = (networkId: string, family: 4 | 6): Taker => ({
  id: uuidv7(),
  networkId,
  project: 'p',
  family,
  source: 'static',
  vmId: uuidv7(),
  nicId: uuidv7(),
  note: '',
});
