/**
 * Every route of the description x who asks x whose id it is. What a role may do is written down here once more: a
 * permission that is given to another role by mistake fails.
 */
import './watch-statements.js';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import type { NewTokenView, ProblemView } from '#libs/contracts/http';
import { hostWithPool } from './host-with-pool.js';
import { IntelUnderTest, type Reply } from './intel-under-test.js';
import { DescribedRoutes, type Route, type Schema } from './routes/described-routes.js';
import { makeOneOfEach, type OneOfEach } from './routes/one-of-each.js';
import type { ScriptedOperator } from './scripted-operator.js';
import { statementsOf } from './watch-statements.js';

const LEAST_ROLE: Record<string, 'viewer' | 'operator' | 'admin' | 'fleet'> = {
  'vms:read': 'viewer',
  'networks:read': 'viewer',
  'templates:read': 'viewer',
  'hosts:read': 'viewer',
  'disks:read': 'viewer',
  'pools:read': 'viewer',
  'operations:read': 'viewer',
  'drifts:read': 'viewer',
  'events:read': 'viewer',
  'projects:read': 'viewer',
  'vms:write': 'operator',
  'vms:power': 'operator',
  'vms:guest': 'operator',
  'vms:console': 'operator',
  'disks:write': 'operator',
  'addresses:write': 'operator',
  'operations:cancel': 'operator',
  'repairs:pause': 'operator',
  'networks:write': 'admin',
  'templates:write': 'admin',
  'tokens:manage': 'admin',
  'audit:read': 'admin',
  'hosts:manage': 'fleet',
  'hosts:enroll': 'fleet',
  'pools:manage': 'fleet',
  'projects:manage': 'fleet',
  'quotas:manage': 'fleet',
};
/** `fleet`: an admin that is bound to no project; the others are bound to `own`. */
const CALLERS = ['viewer', 'operator', 'admin', 'fleet'] as const;
type CallerName = (typeof CALLERS)[number];

/** What belongs to no project. */
const OF_ALL = ['hosts', 'pools', 'stray-disks', 'stray-vms'];

let intel: IntelUnderTest;
let operator: ScriptedOperator;
let described: DescribedRoutes;
let own: OneOfEach;
let foreign: OneOfEach;
const tokens = new Map<CallerName, string>();

beforeAll(async () => {
  intel = await IntelUnderTest.start({ VMAN_RATE_LIMIT: '0' });
  operator = await hostWithPool(intel);
  // What is asked for is accepted and never done: nothing vanishes under the test.
  operator.held = true;
  operator.heldCommands = true;
  const { hostId } = operator;
  own = await makeOneOfEach(intel, { project: 'own', cidr: '10.71.0.0/24', hostId });
  foreign = await makeOneOfEach(intel, { project: 'foreign', cidr: '10.72.0.0/24', hostId });
  tokens.set('fleet', intel.token);
  for (const role of ['viewer', 'operator', 'admin'] as const) {
    const made = await intel.request<NewTokenView>('POST', '/v1/tokens', {
      name: role,
      role,
      project: 'own',
    });
    tokens.set(role, made.body.token);
  }
  described = await DescribedRoutes.of(intel);
}, 60_000);

afterAll(async () => {
  await operator?.stop();
  await intel?.end();
});

/** Where the example of the description names what is not there. */
const BODIES: Readonly<Record<string, (ids: OneOfEach) => object>> = {
  disksAttach: ({ vms }) => ({ vm: vms }),
  backupsRestore: () => ({ name: 'restored' }),
};

type Asked = Reply<ProblemView> & { statements: string[] };

async function ask(
  route: Route,
  ids: OneOfEach,
  token: string,
  headers: Record<string, string> = {},
): Promise<Asked> {
  const noun = route.path.split('/')[2] ?? '';
  const path = route.path.replace(/\{(\w+)\}/g, (_all, name) => {
    const id = name === 'id' ? ids[noun] : ids[name];
    if (id === undefined) throw new Error(`${noun}: one of them is to be made in one-of-each.ts`);
    return id;
  });
  const query = route.path.endsWith('/wait') ? '?timeout=0s' : '';
  const requestId = randomUUID();
  const body =
    BODIES[route.operationId]?.(ids) ?? route.body?.example ?? (route.method === 'PUT' ? {} : undefined);
  const answer = await intel.request<ProblemView>(route.method, path + query, body, {
    token,
    headers: { 'x-request-id': requestId, ...headers },
  });
  return { ...answer, statements: statementsOf(requestId).map(({ text }) => text) };
}

const nobodys = (): OneOfEach => {
  const ids = Object.keys(ownIds()).map((kind) => [kind, kind === 'sequence' ? '7' : randomUUID()]);
  return Object.fromEntries(ids);
};
const mayDo = (caller: CallerName, route: Route) =>
  CALLERS.indexOf(caller) >= CALLERS.indexOf(LEAST_ROLE[route.permission] ?? 'fleet');
const belongsToAll = (route: Route) => OF_ALL.includes(route.path.split('/')[2] ?? '');
/** Without what names this very request. */
const told = ({ status, body }: Asked) => [status, body?.code, body?.detail, body?.errors];
const forbids = ({ status }: Asked) => [401, 403, 404].includes(status);
const ownIds = (): OneOfEach => ({ ...own, hosts: operator.hostId, pools: 'local' });
const foreignIds = (): OneOfEach => ({ ...nobodys(), ...foreign });

it('every permission of a route is one of those written down here', () => {
  const unknown = described.routes.filter((it) => !(it.permission in LEAST_ROLE));
  expect(unknown.map((it) => `${it.method} ${it.path}: ${it.permission}`)).toEqual([]);
  expect(described.routes.length).toBeGreaterThan(90);
});

it('no list shows a bound token anything of another project', async () => {
  const secrets = Object.entries(foreign).filter(([kind]) => kind !== 'sequence');
  const shown: string[] = [];
  for (const route of described.routes.filter((it) => it.method === 'GET' && it.params.length === 0)) {
    const { body } = await ask(route, own, tokens.get('admin') ?? '');
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    for (const [kind, id] of secrets) if (text.includes(id)) shown.push(`${route.path} shows ${kind}`);
  }
  expect(shown).toEqual([]);
});

it('every list has pages, takes each filter and order that it describes, and refuses any other', async () => {
  const wrong: unknown[] = [];
  const lists = described.routes.filter((it) => it.query.some(({ name }) => name === 'limit'));
  expect(lists.length).toBeGreaterThan(20);
  for (const route of lists) {
    const path = route.path.replace('{id}', ownIds().vms ?? '');
    const values = route.query
      .filter(({ name }) => name !== 'cursor')
      .flatMap(({ name, schema }) => valuesOf(name, schema));
    const ask = async (query: string, wanted: number) => {
      const { status, body } = await intel.request('GET', `${path}?${query}`);
      if (status !== wanted) wrong.push([path, query, status, body]);
    };
    const bad = ['nonsense=1', 'sort=memory', 'cursor=bm9uZQ', 'limit=0'];
    await Promise.all([...values.map((it) => ask(it, 200)), ...bad.map((it) => ask(it, 400))]);
    const whole = (await intel.request<ListAnswer>('GET', `${path}?limit=5`)).body.items;
    const paged: unknown[] = [];
    for (let cursor: string | undefined = ''; cursor !== undefined && paged.length <= whole.length; ) {
      const page: ListAnswer = (
        await intel.request<ListAnswer>('GET', `${path}?limit=1${cursor && `&cursor=${cursor}`}`)
      ).body;
      paged.push(...page.items);
      cursor = page.nextCursor;
    }
    if (paged.length < whole.length) wrong.push([path, paged.length, whole.length]);
  }
  const plain = described.routes.filter((it) => it.method === 'GET' && !lists.includes(it));
  expect(plain.map((it) => it.path).filter((path) => /s$/.test(path) && !/addresses$/.test(path))).toEqual(
    [],
  );
  expect(wrong).toEqual([]);
}, 60_000);

interface ListAnswer {
  items: unknown[];
  nextCursor?: string;
}

/** For each word of an enumeration, or one that fits. */
function valuesOf(name: string, schema: Schema): string[] {
  if (schema.enum) return schema.enum.map((it) => `${name}=${it}`);
  if (name === 'limit') return ['limit=1000'];
  if (name === 'type' || name === 'verb') return [`${name}=vm.*`];
  if ((schema as { format?: string }).format === 'date-time') return [`${name}=2026-01-01T00:00:00Z`];
  return [`${name}=${randomUUID()}`];
}

it('a list shows only what its filters let pass', async () => {
  const names = async (query: string) =>
    (await intel.request<{ items: { name: string }[] }>('GET', `/v1/${query}`)).body.items.map(
      (it) => it.name,
    );
  expect(await names('networks?project=own')).toEqual(['one-own']);
  expect(await names('disks?name=one-own&sort=-name')).toEqual(['one-own']);
  expect(await names('projects?sort=-createdAt&limit=2')).toEqual(['foreign', 'own']);
  expect(await names('vms?updatedSince=2100-01-01T00:00:00Z')).toEqual([]);
  const bound = { token: tokens.get('admin') };
  for (const list of [
    'vms',
    'disks',
    'snapshots',
    'backups',
    'addresses',
    'port-forwards',
    'operations',
    'events',
    'audit',
  ]) {
    const of = async (project: string) =>
      (await intel.request<ListAnswer>('GET', `/v1/${list}?project=${project}`, undefined, bound)).body.items
        .length;
    expect([list, await of('foreign')]).toEqual([list, 0]);
    expect([list, (await of('own')) > 0]).toEqual([list, true]);
  }
  const hosts = (await intel.request<{ items: { name: string; state: string }[] }>('GET', '/v1/hosts')).body
    .items;
  for (const { name, state } of hosts) expect(await names(`hosts?state=${state}`)).toContain(name);
});

it('every route is closed to those without a token, and to those whose role is too low, whatever the id', async () => {
  const wrong: string[] = [];
  for (const route of described.routes) {
    const say = (who: string, whose: string, { status }: Asked) =>
      wrong.push(`${route.method} ${route.path} ${who} ${whose}: ${status}`);
    const unknown = await ask(route, ownIds(), 'vman_none');
    if (unknown.status !== 401) say('nobody', 'own', unknown);
    for (const caller of CALLERS.filter((it) => !mayDo(it, route))) {
      const kinds =
        route.params.length > 0 ? { own: ownIds(), foreign: foreignIds(), absent: nobodys() } : { own };
      for (const [whose, ids] of Object.entries(kinds)) {
        const answer = await ask(route, ids, tokens.get(caller) ?? '');
        if (answer.status !== 403) say(caller, whose, answer);
      }
    }
  }
  expect(wrong).toEqual([]);
}, 60_000);

const changes = () => described.routes.filter((it) => it.method !== 'GET');
const nounOf = (route: Route) => route.path.split('/')[2] ?? '';

it('every change of a resource looks at If-Match first, and tells the ETag that reading it tells', async () => {
  const wrong: unknown[] = [];
  const stale = { 'if-match': '"g0"' };
  for (const route of changes()) {
    const { status, body, headers } = await ask(route, ownIds(), intel.token, stale);
    const name = `${route.method} ${route.path}`;
    if (!route.headers.includes('If-Match')) {
      if (status !== 400 || body.errors?.[0]?.field !== 'If-Match') wrong.push([name, status, body]);
      continue;
    }
    const one = `/v1/${nounOf(route)}/${ownIds()[nounOf(route)]}`;
    const etag = (await intel.request('GET', one)).headers.get('etag');
    if (status !== 412 || etag === null || headers.get('etag') !== etag) {
      wrong.push([name, status, headers.get('etag'), etag]);
    }
  }
  expect(wrong).toEqual([]);
  const without = changes().filter((it) => it.params.includes('id') && !it.headers.includes('If-Match'));
  expect(
    without.map((it) => it.path).filter((it) => !/\/(guest\/[a-z-]+|console|content|adopt)$/.test(it)),
  ).toEqual([]);
}, 60_000);

type Numbered = (number: number) => object;
const labels: Numbered = (number) => ({ labels: { a: `${number}` } });
const CHANGED: [kind: string, body: Numbered][] = [
  ['disks', labels],
  ['networks', (number) => ({ mtu: 1400 + number })],
  ['pools', (number) => ({ overcommit: 20 + number })],
  ['hosts', labels],
  ['projects', (number) => ({ description: `${number}` })],
  ['quotas', (number) => ({ vms: 1000 + number })],
  ['vms', labels],
];

it.each(CHANGED)(
  'of two at once that change what both have seen of %s, exactly one wins',
  async (kind, body) => {
    const path = `/v1/${kind}/${ownIds()[kind]}`;
    for (const round of [1, 2, 3]) {
      const etag = (await intel.request('GET', path)).headers.get('etag') ?? '';
      const answers = await Promise.all(
        [body(2 * round), body(2 * round + 1)].map((it) =>
          intel.request('PATCH', path, it, { headers: { 'if-match': etag } }),
        ),
      );
      const statuses = answers.map((it) => it.status).sort((a, b) => a - b);
      expect([round, statuses[1]]).toEqual([round, 412]);
      expect([200, 202]).toContain(statuses[0]);
      const won = answers.find((it) => it.status < 300);
      const present = (await intel.request('GET', path)).headers.get('etag');
      expect(won?.headers.get('etag')).toBe(present);
      expect(present).not.toBe(etag);
    }
  },
);

it('every change takes an Idempotency-Key, and refuses one that belongs to another request', async () => {
  const headers = { 'idempotency-key': 'of-another-request' };
  const first = await intel.request('POST', '/v1/projects', { name: 'keyed' }, { headers });
  expect(first.status).toBe(201);
  const wrong: unknown[] = [];
  // Neither a sign of life nor an upload that is sent again has another effect the second time; who is adopted is asked first.
  for (const route of changes().filter((it) => !/\/(ping|content|adopt)$/.test(it.path))) {
    const answer = await ask(route, ownIds(), intel.token, headers);
    const declared = route.headers.includes('Idempotency-Key');
    if (!declared || answer.body?.code !== 'idempotency_key_reused')
      wrong.push([route.method, route.path, declared, ...told(answer)]);
  }
  expect(wrong).toEqual([]);
}, 60_000);

it.each([
  ['/v1/tokens', { name: 'kept-secret', role: 'viewer' }, 'token'],
  ['/v1/vms/own/console', {}, 'ticket'],
])(
  'the secret of %s is told again to the same key, and kept where nobody reads it',
  async (path, body, secret) => {
    const headers = { 'idempotency-key': `once-${secret}` };
    const at = path.replace('own', ownIds().vms ?? '');
    const [first, second] = [
      await intel.request<Record<string, string>>('POST', at, body, { headers }),
      await intel.request<Record<string, string>>('POST', at, body, { headers }),
    ];
    expect([first.status, second.status, second.headers.get('idempotency-replayed')]).toEqual([
      201,
      201,
      'true',
    ]);
    expect(second.body).toEqual(first.body);
    const client = new Client({ connectionString: intel.postgres.url });
    await client.connect();
    const { rows } = await client.query('SELECT body::text FROM idempotency_keys WHERE key = $1', [
      `once-${secret}`,
    ]);
    await client.end();
    expect(rows).toHaveLength(1);
    expect(rows[0].body).not.toContain(first.body[secret]);
  },
);

it('a foreign id is answered as an absent one, with the same statements; the own one is not', async () => {
  const wrong: unknown[] = [];
  let watched = 0;
  const last = (route: Route) => (route.method === 'DELETE' ? 1 : 0);
  const routes = described.routes.filter((it) => it.params.length > 0).sort((a, b) => last(a) - last(b));
  for (const route of routes) {
    const name = `${route.method} ${route.path}`;
    let done = false;
    for (const caller of CALLERS.filter((it) => mayDo(it, route))) {
      const token = tokens.get(caller) ?? '';
      const absent = await ask(route, nobodys(), token);
      if (absent.status !== 404) wrong.push([name, caller, 'absent', ...told(absent)]);
      if (caller !== 'fleet' && !belongsToAll(route)) {
        const other = await ask(route, foreignIds(), token);
        if (JSON.stringify(told(other)) !== JSON.stringify(told(absent)))
          wrong.push([name, caller, 'foreign', ...told(other), 'absent', ...told(absent)]);
        watched += other.statements.length;
        if (other.statements.join('\n') !== absent.statements.join('\n'))
          wrong.push([name, caller, 'statements', other.statements, absent.statements]);
      }
      const mine = await ask(route, ownIds(), token);
      const gone = done && mine.status === 404;
      if ((forbids(mine) && !gone) || mine.body?.code === 'internal')
        wrong.push([name, caller, 'own', ...told(mine)]);
      done ||= mine.status < 300;
    }
  }
  expect(watched).toBeGreaterThan(100);
  expect(wrong).toEqual([]);
}, 60_000);

describe('a foreign id within a body', () => {
  type Body = (ids: OneOfEach) => object;
  const vm = { name: 'refers', memoryMiB: 16 };
  const CASES: [method: string, path: string, body: Body][] = [
    ['POST', '/v1/vms', ({ templates }) => ({ ...vm, template: templates })],
    ['POST', '/v1/vms', ({ networks }) => ({ ...vm, nics: [{ network: networks }] })],
    ['POST', '/v1/vms', ({ disks }) => ({ ...vm, disks: [{ id: disks }] })],
    ['POST', '/v1/disks', ({ templates }) => ({ name: 'refers', template: templates })],
    ['POST', '/v1/disks', ({ snapshots }) => ({ name: 'refers', source: { snapshot: snapshots } })],
    ['POST', '/v1/addresses', ({ networks }) => ({ network: networks })],
    ['POST', '/v1/port-forwards', ({ vms }) => ({ vm: vms, guestPort: 81 })],
    ['POST', '/v1/templates', ({ vms }) => ({ name: 'x', format: 'qcow2', source: { type: 'vm', vm: vms } })],
    [
      'POST',
      '/v1/repair-pauses',
      ({ vms }) => ({
        scope: { kind: 'vm', id: vms },
        until: new Date(Date.now() + 60_000).toISOString(),
        reason: 'x',
      }),
    ],
  ];

  it.each(CASES)('%s %s is answered as an absent one (%#)', async (method, path, body) => {
    const token = tokens.get('admin') ?? '';
    const answers = await Promise.all(
      [foreign, nobodys()].map((ids) => intel.request<ProblemView>(method, path, body(ids), { token })),
    );
    const [other, absent] = answers.map(({ status, body: { code, detail, errors } }) => ({
      status,
      code,
      detail,
      errors,
    }));
    expect(absent?.status).toBeGreaterThanOrEqual(400);
    expect(absent?.status).toBeLessThan(500);
    expect(other).toEqual(absent);
  });
});
