/** Reads and changes through the API, at few and at many VMs, beside the same rows asked of Postgres itself. */
import pg from 'pg';
import type { VmListView, VmView } from '#libs/contracts/http';
import { Stack } from '../test/e2e/stack/stack.js';
import type { Bench } from './bench.js';
import { percentile, timed } from './measure/median.js';

const SIZES = [1_000, 100_000];
const REQUESTS = 600;
const WARM_UP = 100;
const SIDE_BY_SIDE = 4;
const PAGE = 100;
const LONGEST_PAGE = 1_000;
const FLAT = 1.2;

export const api: Bench = {
  name: 'api',
  what: `get, list (pages of ${PAGE}, the first and deep ones) and label changes of VMs at ${SIZES.join(' and ')} VMs, ${SIDE_BY_SIDE} requests at a time, beside bare Postgres`,
  goal: `get and both lists at ${SIZES[1]} VMs <= ${FLAT}x of those at ${SIZES[0]} (p50)`,
  async run(say) {
    const stack = await Stack.start({
      logLevel: 'warn',
      judge: () => {},
      settings:
        async () =>
        (service): Record<string, string> =>
          service === 'intel' ? { VMAN_RATE_LIMIT: '0' } : {},
    });
    const database = new pg.Pool({ connectionString: stack.database.url, max: SIDE_BY_SIDE });
    try {
      const figures: Record<string, number> = {};
      const own = await Promise.all(
        Array.from({ length: SIDE_BY_SIDE }, (_, index) => create(stack, `own-${index}`)),
      );
      let made = own.length;
      for (const size of SIZES) {
        await fill(database, own[0] ?? '', made, size);
        made = size;
        const ids = await someIds(database);
        const deep = await deepCursors(stack, size);
        for (const [name, work] of Object.entries(worksOf(stack, database, { ids, deep, own }))) {
          const { perSecond, p50, p99 } = await measure(work);
          figures[`${name}P50At${size}`] = p50;
          figures[`${name}P99At${size}`] = p99;
          figures[`${name}PerSecondAt${size}`] = perSecond;
          say(
            `${String(size).padStart(7)} VMs  ${name.padEnd(8)} ${String(perSecond).padStart(6)} a second, p50 ${p50} ms, p99 ${p99} ms`,
          );
        }
      }
      const growth = (name: string) =>
        round((figures[`${name}P50At${SIZES[1]}`] ?? 0) / (figures[`${name}P50At${SIZES[0]}`] ?? 1));
      const flat = {
        getGrowth: growth('get'),
        listGrowth: growth('list'),
        deepListGrowth: growth('deepList'),
      };
      say(
        `get grows ${flat.getGrowth}x, list ${flat.listGrowth}x, a deep page of it ${flat.deepListGrowth}x`,
      );
      return { figures: { ...figures, ...flat }, holds: Object.values(flat).every((it) => it <= FLAT) };
    } finally {
      await database.end();
      await stack.stop();
    }
  },
};

async function create(stack: Stack, name: string): Promise<string> {
  const body = { name, desiredState: 'stopped' };
  return (await stack.api.ask<{ vm: VmView }>('POST', '/v1/vms', body, { prefer: 'wait=30' })).vm.id;
}

type Work = (round: number) => Promise<unknown>;

interface Subjects {
  ids: string[];
  /** Of pages behind at least half of all VMs. */
  deep: string[];
  own: string[];
}

function worksOf(stack: Stack, database: pg.Pool, { ids, deep, own }: Subjects): Record<string, Work> {
  const idOf = (round: number) => ids[round % ids.length] ?? '';
  const bare = (name: string, text: string, values: unknown[]) => database.query({ name, text, values });
  return {
    bareGet: (round) =>
      bare(
        'get',
        'SELECT v.*, h.name AS host, h.seen_at FROM vms v JOIN hosts h ON h.id = v.host_id WHERE v.id = $1',
        [idOf(round)],
      ),
    get: (round) => stack.api.ask('GET', `/v1/vms/${idOf(round)}`),
    bareList: (round) =>
      bare(
        'list',
        `SELECT v.*, h.name AS host, h.seen_at FROM vms v JOIN hosts h ON h.id = v.host_id WHERE v.id > $1 ORDER BY v.id LIMIT ${PAGE}`,
        [idOf(round)],
      ),
    list: () => stack.api.ask('GET', `/v1/vms?limit=${PAGE}`),
    deepList: (round) => stack.api.ask('GET', `/v1/vms?limit=${PAGE}&cursor=${deep[round % deep.length]}`),
    change: (round) =>
      stack.api.ask('PATCH', `/v1/vms/${own[round % own.length]}`, { labels: { round: String(round) } }),
  };
}

/** Walks there as a client does, page by page. */
async function deepCursors(stack: Stack, size: number): Promise<string[]> {
  const cursors: string[] = [];
  let cursor: string | undefined;
  for (let seen = 0; seen < size - PAGE; seen += LONGEST_PAGE) {
    const from = cursor ? `&cursor=${cursor}` : '';
    const length = Math.min(LONGEST_PAGE, size - PAGE - seen);
    const page = await stack.api.ask<VmListView>('GET', `/v1/vms?limit=${length}${from}`);
    cursor = page.nextCursor;
    if (!cursor) break;
    if (seen + length >= size / 2) cursors.push(cursor);
  }
  return cursors;
}

/** As intel makes them (version 7): those made one after the other lie one after the other. */
const ID = `(substr(ms, 1, 8) || '-' || substr(ms, 9) || '-7' || substr(any32, 1, 3) || '-8' || substr(any32, 4, 3) || '-' ||
  substr(any32, 7, 12))`;

async function fill(database: pg.Pool, model: string, from: number, to: number): Promise<void> {
  // On a host that is not there, so that no heartbeat speaks of them.
  await database.query(
    `INSERT INTO hosts SELECT (jsonb_populate_record(h, '{"id": "00000000-0000-7000-8000-000000000001", "name": "filled"}')).*
     FROM hosts h JOIN vms v ON v.host_id = h.id WHERE v.id = $1 ON CONFLICT DO NOTHING`,
    [model],
  );
  await database.query(
    `INSERT INTO vms SELECT (jsonb_populate_record(v, jsonb_build_object('id', ${ID}, 'name', 'vm-' || n,
       'host_id', '00000000-0000-7000-8000-000000000001'))).*
     FROM vms v, generate_series($2::int, $3::int - 1) AS n,
       LATERAL (SELECT lpad(to_hex((extract(epoch FROM now()) * 1000)::bigint + n), 12, '0') AS ms,
         md5(random()::text || n) AS any32) AS of_id
     WHERE v.id = $1`,
    [model, from, to],
  );
  // As in a database that has had its rows for a while; otherwise it is done while the pages are measured.
  await database.query('VACUUM (ANALYZE)');
}

async function someIds(database: pg.Pool): Promise<string[]> {
  const { rows } = await database.query<{ id: string }>('SELECT id FROM vms ORDER BY random() LIMIT 500');
  return rows.map((row) => row.id);
}

async function measure(work: Work): Promise<{ perSecond: number; p50: number; p99: number }> {
  const times: number[] = [];
  let next = 0;
  let began = 0;
  const worker = async () => {
    for (let round = next++; round < WARM_UP + REQUESTS; round = next++) {
      if (round === WARM_UP) began = performance.now();
      const ms = await timed(() => work(round));
      if (round >= WARM_UP) times.push(ms);
    }
  };
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, worker));
  const seconds = (performance.now() - began) / 1000;
  return {
    perSecond: Math.round(times.length / seconds),
    p50: round(percentile(times, 50)),
    p99: round(percentile(times, 99)),
  };
}

const round = (value: number) => Math.round(value * 100) / 100;
