import type { DryRun, GuestExec, Operation, Vm } from '#libs/client';
import { anExit, aTemplate, aToken, aVm, NOW } from './builders.js';
import { type FakeState, problem, type Reply, type Seen, TOKEN } from './fake-state.js';
import { anExplanation } from './more-builders.js';

const STEPS = ['create-disk', 'launch'];

export function answer(api: FakeState, seen: Seen): Reply {
  const url = new URL(seen.url, 'http://fake');
  const parts = url.pathname.split('/').filter(Boolean).map(decodeURIComponent);
  if (parts[0] === 'health') return api.health;
  if (parts[0] === 'openapi.json') return ok({ info: { version: api.version } });
  if (seen.headers.authorization !== `Bearer ${TOKEN}`)
    return problem('unauthorized', 'The token is not valid.');
  if (seen.method !== 'GET' && url.searchParams.get('dryRun') === 'true') return ok(DRY_RUN);
  const route = { api, seen, query: url.searchParams, id: parts[2], verb: parts[3] };
  switch (parts[1]) {
    case 'vms':
      return vms(route);
    case 'operations':
      return operations(route);
    case 'hosts':
      return seen.method === 'PATCH' ? ok(find(api.hosts, route.id)) : read(api.hosts, route);
    case 'templates':
      return templates(route);
    case 'tokens':
      return tokens(route);
    default:
      return others(parts[1] ?? '', route);
  }
}

const DRY_RUN: DryRun = {
  answer: { status: 202, body: {} },
  placement: [
    { host: 'alpha', verdict: 'chosen', score: 80 },
    { host: 'beta', verdict: 'refused', rule: 'memory', message: '512 MiB of 256 MiB' },
  ],
  plans: [
    {
      vm: { id: 'v', name: 'hello' },
      host: { id: 'h', name: 'alpha' },
      steps: ['create-disk', 'launch'],
      qemuArguments: ['-machine', 'q35'],
    },
  ],
};

interface Route {
  api: FakeState;
  seen: Seen;
  query: URLSearchParams;
  id: string | undefined;
  verb: string | undefined;
}

const ok = (body: unknown, headers?: Record<string, string>): Reply => ({ status: 200, headers, body });
const find = <T extends { id: string; name: string }>(items: T[], id: string | undefined) =>
  items.find((it) => it.id === id || it.name === id);

const etagOf = (item: { id: string; generation?: number }) => `"g${item.generation ?? 1}"`;

/** A quota has the name of its project. */
const projectOf = (item: { id: string; limits?: object; project?: string }) => item.limits && item.project;

/** One, or a page of those of this name; the cursor is the number of the first entry. */
function read<T extends { id: string; name?: string }>(items: T[], { query, id }: Route): Reply {
  if (id !== undefined) {
    const found = items.find((it) => it.id === id || it.name === id || projectOf(it) === id);
    return found ? ok(found, { etag: etagOf(found) }) : problem('not_found', 'There is none of this name.');
  }
  const name = query.get('name');
  const fitting = items.filter((it) => name === null || it.name === name);
  const from = Number(query.get('cursor') ?? 0);
  const to = from + Number(query.get('limit') ?? 50);
  return ok({ items: fitting.slice(from, to), nextCursor: to < fitting.length ? String(to) : undefined });
}

/** Whatever else there is: it is read as it lies, and each change is accepted and changes nothing. */
function others(noun: string, route: Route): Reply {
  const { api, seen, id } = route;
  if (noun === 'observer') return ok(OBSERVER);
  const list = api.lists[noun];
  if (list === undefined) return problem('not_found', 'There is no such route.');
  if (seen.method === 'GET') return read(list as { id: string; name?: string }[], route);
  if (id !== undefined && !find(list as { id: string; name: string }[], id) && noun !== 'quotas') {
    return problem('not_found', 'There is none of this name.');
  }
  const item = list.find((it) => it.id === id || it.name === id) as { id: string } | undefined;
  const { 'if-match': ifMatch } = seen.headers;
  if (item && ifMatch !== undefined && ifMatch !== etagOf(item)) {
    return problem('precondition_failed', `The present ETag is ${etagOf(item)}.`);
  }
  return accepted(api, noun, seen);
}

const OBSERVER = {
  heard: true,
  epoch: 1,
  decides: true,
  observeOnly: false,
  brake: false,
  openDrifts: 1,
  pauses: 0,
};

const PLAIN = ['networks', 'addresses', 'projects', 'quotas', 'pools', 'repair-pauses'];

function accepted(api: FakeState, noun: string, { method }: Seen): Reply {
  const item = api.lists[noun]?.[0];
  if (PLAIN.includes(noun)) return method === 'DELETE' ? { status: 204 } : { status: 200, body: item };
  const kinds = {
    'stray-disks': 'disk.return',
    'stray-vms': 'vm.adopt',
    disks: 'disk.update',
    snapshots: 'snapshot.create',
    backups: 'backup.create',
  } as const;
  const kind = kinds[noun as keyof typeof kinds] ?? 'vm.update';
  const operation = api.begin(kind, { id: String(item?.id), name: String(item?.name ?? item?.id) });
  return { status: 202, body: { [noun.slice(0, -1)]: item, operation } };
}

function vms(route: Route): Reply {
  const { api, seen, id, verb, query } = route;
  if (seen.method === 'GET' && verb === undefined) {
    const vm = find(api.vms, id);
    if (vm) return ok(vm, { etag: `"g${vm.generation}"` });
    return id === undefined ? read(listed(api.vms, query), route) : read(api.vms, route);
  }
  if (id === undefined) return createVm(api, seen.body as { name: string });
  const vm = find(api.vms, id);
  if (!vm) return problem('not_found', 'There is no such VM.');
  if (verb === 'wait') {
    const goal = query.get('for') === 'stopped' ? 'stopped' : 'running';
    return vm.status.state === goal ? ok(vm) : problem('deadline_exceeded', `The VM was not ${goal}.`);
  }
  if (verb === 'exits' || verb === 'console-log') return lastWords(seen);
  if (verb === 'explain') return ok(anExplanation());
  if (verb === 'snapshots' || verb === 'backups') return accepted(api, verb, seen);
  if (verb === 'guest') return guest(seen);
  const ifMatch = seen.headers['if-match'];
  if (ifMatch !== undefined && ifMatch !== `"g${vm.generation}"`) {
    return problem('precondition_failed', `The present ETag is "g${vm.generation}".`);
  }
  if (seen.method === 'DELETE' && vm.spec.deletionProtection)
    return problem('protected', 'The VM is protected.');
  const kind = verb ?? (seen.method === 'DELETE' ? 'delete' : 'update');
  return changed(api, vm, `vm.${kind}` as Operation['kind'], query);
}

/** The trash is left out unless it is asked for. */
function listed(vms: Vm[], query: URLSearchParams): Vm[] {
  const trash = query.get('trash');
  return vms.filter(({ status }) => (status.purgeAt === undefined ? trash !== 'only' : trash !== null));
}

function lastWords({ url }: Seen): Reply {
  if (url.includes('console-log')) return { status: 200, text: 'booting\r\n\u001b[2Jlogin: ' };
  const { host, ...summary } = anExit();
  if (url.endsWith('/exits')) return ok({ items: [{ ...summary, host }] });
  return url.endsWith('/1') ? ok(anExit()) : problem('not_found', 'There is no such exit.');
}

/** Echoes: the last argument is the exit code of the program. */
function guest({ url, body }: Seen): Reply {
  if (url.endsWith('/ping')) return ok({ roundTripMs: 2 });
  if (url.endsWith('/addresses')) return ok({ interfaces: [{ name: 'eth0', addresses: [] }] });
  if (url.endsWith('/read-file')) return ok({ content: 'aGk=', encoding: 'base64', truncated: false });
  const { path, arguments: words = [] } = body as GuestExec;
  const last = words.at(-1);
  const outcome = last === 'killed' ? { signal: 9 } : { exitCode: Number(last ?? 0) };
  const texts = { stdout: `ran ${path}\n`, stderr: 'noise\n', stdoutTruncated: last === 'killed' };
  return ok({ ...outcome, ...texts, stderrTruncated: false, encoding: 'utf8' });
}

function createVm(api: FakeState, { name }: { name: string }): Reply {
  if (!/^[a-z0-9-]+$/.test(name)) {
    const message = 'must be lower-case letters, digits or hyphens';
    return problem('invalid_input', 'Not valid: name.', [{ field: 'name', code: 'matches', message }]);
  }
  if (find(api.vms, name)) return problem('already_exists', `There is a VM ${name} already.`);
  const vm = aVm(api.vms.length + 1, name, { labels: {}, createdAt: new Date(NOW).toISOString() });
  api.vms.push(vm);
  return { ...changed(api, vm, 'vm.create'), status: 201 };
}

/** At once: what the operation does later is not the point of this fake. */
function changed(api: FakeState, vm: Vm, kind: Operation['kind'], query = new URLSearchParams()): Reply {
  if (kind === ('vm.restore' as string)) delete vm.status.purgeAt;
  const state = { 'vm.stop': 'stopped', 'vm.shutdown': 'stopped', 'vm.pause': 'paused' } as const;
  vm.generation++;
  vm.status.state = state[kind as keyof typeof state] ?? 'running';
  const purgeAt = query.get('purgeAt');
  if (kind === 'vm.delete' && purgeAt) Object.assign(vm.status, { state: 'stopped', purgeAt });
  else if (kind === 'vm.delete') api.vms = api.vms.filter((it) => it !== vm);
  return { status: 202, body: { vm, operation: api.begin(kind, vm) } };
}

function operations(route: Route): Reply {
  const { api, id, verb } = route;
  const operation = api.operations.find((it) => it.id === id);
  if (operation && verb === 'cancel') Object.assign(operation, { status: 'cancelled', phase: '' });
  else if (operation) advance(api, operation);
  return read(api.operations, route);
}

function advance(api: FakeState, operation: Operation): void {
  if (operation.status !== 'running') return;
  const step = STEPS[operation.steps.length];
  if (step === undefined) {
    Object.assign(
      operation,
      { progress: 100, phase: '', finishedAt: new Date(NOW).toISOString() },
      api.outcome,
    );
    return;
  }
  operation.phase = step;
  operation.progress += 40;
  operation.steps.push({ step, outcome: 'done', startedAt: operation.queuedAt, durationMs: 120 });
}

function templates(route: Route): Reply {
  const { api, seen, id } = route;
  if (seen.method === 'GET') return read(api.templates, route);
  if (seen.method === 'DELETE') {
    if (!find(api.templates, id)) return problem('not_found', 'There is no such template.');
    api.templates = api.templates.filter((it) => it.id !== id && it.name !== id);
    return { status: 204 };
  }
  if (seen.method === 'PUT') return ok(aTemplate(1, 'uploaded'));
  const template = aTemplate(api.templates.length + 1, (seen.body as { name: string }).name);
  api.templates.push(template);
  return { status: 201, body: { template, operation: api.begin('template.import', template) } };
}

function tokens({ api, seen, id }: Route): Reply {
  if (seen.method === 'GET') return ok({ items: api.tokens });
  if (seen.method === 'DELETE') {
    api.tokens = api.tokens.filter((it) => it.id !== id);
    return { status: 204 };
  }
  const token = aToken(api.tokens.length + 1, (seen.body as { name: string }).name, seen.body as object);
  api.tokens.push(token);
  return { status: 201, body: { ...token, token: 'vman_secret' } };
}
