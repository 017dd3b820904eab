import pg from 'pg';
import { ANY_PLACE, type HostFacts, type Neighbour, place } from '#libs/domain';
import { createTestDatabase } from '#libs/testing';
import { Database } from '../apps/intel/src/db-operator/index.js';
import { placeVm } from '../apps/intel/src/vms/index.js';
import type { Bench } from './bench.js';
import { spread, timed } from './measure/median.js';

const ROUNDS = 200;
const WARM_UP = 20;
const DB_HOSTS = 100;
const GOAL_THOUSAND_MS = 10;
const GOAL_RATIO = 5;
const quiet = { info: () => {}, warn: () => {} };
const RULES = {
  ...ANY_PLACE,
  preferredHostLabels: { disk: 'ssd' },
  antiAffinity: [{ labels: { app: 'a1' }, required: true }],
};

/** What it costs to choose a host: the decision alone, and with its facts and its reservation. */
export const placement: Bench = {
  name: 'placement',
  what: `a host of 10, 100 and 1000, with ten VMs on each, and a reservation among ${DB_HOSTS} hosts, ${ROUNDS} times each`,
  goal: `1000 hosts <= ${GOAL_THOUSAND_MS} ms; reservation <= ${GOAL_RATIO}x a transaction that changes one row`,
  async run(say) {
    const figures: Record<string, number> = {};
    for (const count of [10, 100, 1000]) figures[`decide${count}Ms`] = await decide(count);
    Object.assign(figures, await reserve());
    figures.ratio = Math.round((100 * (figures.reserveMs ?? 0)) / (figures.oneRowMs ?? 1)) / 100;
    for (const [key, value] of Object.entries(figures)) say(`${key.padEnd(14)} ${value}`);
    const holds = (figures.decide1000Ms ?? 0) <= GOAL_THOUSAND_MS && figures.ratio <= GOAL_RATIO;
    return { figures, holds };
  },
};

async function decide(count: number): Promise<number> {
  const hosts = Array.from({ length: count }, (_, at) => facts(at));
  const neighbours = new Map(hosts.map(({ hostId }, at) => [hostId, vmsOf(at)]));
  const request = { vcpus: 2, memoryMib: 1024, labels: { app: 'b1' }, rules: RULES };
  const times: number[] = [];
  for (let round = 0; round < WARM_UP + ROUNDS; round++) {
    const ms = await timed(async () => place(request, hosts, neighbours));
    if (round >= WARM_UP) times.push(ms);
  }
  return spread(times).median;
}

const facts = (at: number): HostFacts => ({
  hostId: `h${at}`,
  name: `host-${at}`,
  labels: { disk: at % 2 === 0 ? 'ssd' : 'hdd' },
  cpus: 64,
  memoryMib: 262_144,
  usedMemoryMib: (at * 997) % 262_144,
  usedVcpus: (at * 31) % 512,
  cpuOvercommitPercent: 800,
  memoryOvercommitPercent: 100,
  alive: true,
  cordoned: false,
  dryRun: false,
});

const vmsOf = (host: number): Neighbour[] =>
  Array.from({ length: 10 }, (_, at) => ({
    name: `vm-${host}-${at}`,
    labels: { app: `a${(host * 10 + at) % 50}` },
    shuns: [],
  }));

/** In turn with a change of one row, so that both meet the same machine and the same disk. */
async function reserve(): Promise<{ reserveMs: number; oneRowMs: number }> {
  const postgres = await createTestDatabase();
  const database = await Database.open(postgres.url, quiet);
  try {
    await addHosts(postgres.url);
    const [first] = await database.read((tx) => tx.hosts.ids());
    const reserves: number[] = [];
    const rows: number[] = [];
    for (let round = 0; round < WARM_UP + ROUNDS; round++) {
      const ms = await timed(() =>
        database.transaction((tx) =>
          placeVm(tx, { vcpus: 1, memoryMib: 16, project: 'p', labels: { app: 'x' } }),
        ),
      );
      const one = await timed(() => database.transaction((tx) => tx.hosts.reserve(String(first), 1, 0)));
      if (round < WARM_UP) continue;
      reserves.push(ms);
      rows.push(one);
    }
    return { reserveMs: spread(reserves).median, oneRowMs: spread(rows).median };
  } finally {
    await database.close();
    await postgres.drop();
  }
}

async function addHosts(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(
    `INSERT INTO hosts (id, name, seen_at, boot_id, agent_version, start_count, cpus, memory_mib, storage_bytes,
       storage_free_bytes, qemu_version, accelerator, accelerator_reason, dry_run, draining, orphans)
     SELECT gen_random_uuid(), 'host-' || n, now() + interval '1 hour', 'b', '0', 1, 64, 262144, 1, 1, '7', 'tcg', '',
       false, false, '[]'
     FROM generate_series(1, $1) AS n`,
    [DB_HOSTS],
  );
  await client.end();
}
