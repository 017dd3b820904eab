/** A page deep in a list of many costs about a page: what the server reads for it is counted by Postgres itself. */
import './watch-statements.js';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { hostWithPool } from './host-with-pool.js';
import { IntelUnderTest } from './intel-under-test.js';
import { DescribedRoutes } from './routes/described-routes.js';
import { makeOneOfEach } from './routes/one-of-each.js';
import type { ScriptedOperator } from './scripted-operator.js';
import { statementsOf } from './watch-statements.js';

const MANY = 1_000;
/** Where the page begins. */
const DEEP = 150;
const LIMIT = 5;
/** A page, the one row more, and the rows that are joined to them one by one. */
const READ_MAX = 60;
/** How a copy differs from the row that it is a copy of, where that must be unique. */
const NEW_ID = `('00000000-0000-4000-8000-' || lpad(to_hex(n), 12, '0'))::uuid`;
const NAMED = { name: `'copy-' || n` };
const TABLES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  projects: NAMED,
  hosts: NAMED,
  pools: NAMED,
  templates: NAMED,
  networks: { ...NAMED, kind: `'bridge'` },
  tokens: { ...NAMED, sha256: 'n' },
  vms: { ...NAMED, host_id: NEW_ID },
  disks: { ...NAMED, vm_id: 'NULL::uuid' },
  snapshots: NAMED,
  backups: {},
  addresses: { address: `inet '10.9.0.0' + n` },
  nics: {
    mac: `'52:54:00:' || lpad(to_hex(n / 65536), 2, '0') || ':' || lpad(to_hex(n / 256 % 256), 2, '0') || ':' ||
    lpad(to_hex(n % 256), 2, '0')`,
    position: 'n + 10',
  },
  port_forwards: { host_port: '31000 + n' },
  operations: {},
  drifts: { key: 'n::text' },
  repairs: {},
  facts: { id: 'n + 1000000', number: `nextval('fact_numbers')` },
  audit: { id: 'n + 1000000' },
};

let intel: IntelUnderTest;
let operator: ScriptedOperator;
let client: Client;

beforeAll(async () => {
  intel = await IntelUnderTest.start({ VMAN_RATE_LIMIT: '0' });
  operator = await hostWithPool(intel);
  operator.held = true;
  operator.heldCommands = true;
  await makeOneOfEach(intel, { project: 'own', cidr: '10.71.0.0/24', hostId: operator.hostId });
  client = new Client({ connectionString: intel.postgres.url });
  await client.connect();
  // neither foreign keys nor what counts usage: only the lists are looked at
  await client.query('SET session_replication_role = replica');
  for (const [table, differs] of Object.entries(TABLES)) await copy(table, differs);
  await client.query('SET session_replication_role = DEFAULT');
  await client.query('ANALYZE');
}, 60_000);

afterAll(async () => {
  await client?.end();
  await operator?.stop();
  await intel?.end();
});

async function copy(table: string, differs: Readonly<Record<string, string>>): Promise<void> {
  const { rows } = await client.query(
    `SELECT string_agg(quote_ident(column_name), ', ') AS columns FROM information_schema.columns
     WHERE table_schema = current_schema() AND table_name = $1 AND is_generated = 'NEVER'`,
    [table],
  );
  const { columns } = rows[0];
  const changed = { id: NEW_ID, ...differs };
  const pairs = Object.entries(changed).map(([column, value]) => `'${column}', ${value}`);
  await client.query(`
    INSERT INTO ${table} (${columns}) OVERRIDING SYSTEM VALUE
    SELECT ${columns.replaceAll(/[^, ]+/g, 'made.$&')}
    FROM ${table} AS one, generate_series(1, ${MANY}) AS n,
      LATERAL jsonb_populate_record(one, jsonb_build_object(${pairs.join(', ')})) AS made
    WHERE one.ctid = (SELECT ctid FROM ${table} ORDER BY ctid DESC LIMIT 1)`);
}

interface Plan {
  'Node Type': string;
  'Relation Name'?: string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  'Rows Removed by Index Recheck'?: number;
  Plans?: Plan[];
}

/** How many rows of tables are read in all. */
function readBy(plan: Plan): number {
  const own = plan['Relation Name']
    ? (plan['Actual Rows'] +
        (plan['Rows Removed by Filter'] ?? 0) +
        (plan['Rows Removed by Index Recheck'] ?? 0)) *
      plan['Actual Loops']
    : 0;
  return own + (plan.Plans ?? []).reduce((sum, it) => sum + readBy(it), 0);
}

async function explained({ text, values }: { text: string; values: unknown[] }): Promise<Plan> {
  const { rows } = await client.query(`EXPLAIN (ANALYZE, FORMAT JSON) ${text}`, values);
  return rows[0]['QUERY PLAN'][0].Plan;
}

interface ListAnswer {
  items: { id: unknown }[];
  nextCursor?: string;
}

it('a page in the middle of each list, in each of its orders, of all projects and of one, reads about a page', async () => {
  const { routes } = await DescribedRoutes.of(intel);
  const lists = routes.filter(
    (it) =>
      it.params.length === 0 &&
      it.query.some(({ name }) => name === 'limit') &&
      !/stray|pauses/.test(it.path),
  );
  expect(lists.length).toBeGreaterThan(15);
  const costs: [string, number][] = [];
  for (const { path, query } of lists) {
    const sorts = query.find(({ name }) => name === 'sort')?.schema.enum ?? [];
    expect([path, [2, 4].includes(sorts.length)]).toEqual([path, true]);
    const projects = query.some(({ name }) => name === 'project') ? ['', '&project=own'] : [''];
    for (const how of sorts.flatMap((sort) => projects.map((it) => `sort=${sort}${it}`))) {
      const first = await intel.request<ListAnswer>('GET', `${path}?${how}&limit=${DEEP}`);
      const requestId = randomUUID();
      const cursor = first.body.nextCursor;
      // a project has one quota
      if (path === '/v1/quotas' && /project=/.test(how)) continue;
      const second = await intel.request<ListAnswer>(
        'GET',
        `${path}?${how}&limit=${LIMIT}&cursor=${cursor}`,
        undefined,
        {
          headers: { 'x-request-id': requestId },
        },
      );
      expect([path, how, second.status, second.body.items?.length ?? second.body]).toEqual([
        path,
        how,
        200,
        LIMIT,
      ]);
      const listing = statementsOf(requestId).filter(
        ({ text }) => /ORDER BY/.test(text) && /LIMIT/.test(text),
      );
      expect([path, listing.length]).toEqual([path, 1]);
      for (const statement of listing) {
        const read = readBy(await explained(statement));
        if (read > READ_MAX) costs.push([`${path}?${how}`, read]);
      }
    }
  }
  expect(costs).toEqual([]);
}, 120_000);
