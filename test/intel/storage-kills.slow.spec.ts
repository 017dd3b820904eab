import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Command, CommandResult } from '#libs/contracts';
import type {
  BackupListView,
  DiskListView,
  OperationListView,
  OperationView,
  PoolListView,
  SnapshotListView,
  VmView,
} from '#libs/contracts/http';
import { waitFor } from '#libs/testing';
import { type CompiledIntel, compileIntel } from './compile-intel.js';
import { IntelProcess } from './intel-process.js';
import { IntelUnderTest } from './intel-under-test.js';
import { ScriptedOperator } from './scripted-operator.js';

jest.setTimeout(120_000);

/** After the return of an intel that was killed. */
const RETURNED_MS = 30_000;
const GIB = 1024 ** 3;
let intel: IntelUnderTest;
let operator: ScriptedOperator;
let compiled: CompiledIntel;
let running: IntelProcess;

beforeAll(async () => {
  [intel, compiled] = await Promise.all([IntelUnderTest.start(), compileIntel()]);
  operator = await ScriptedOperator.start(intel.nats.url);
  operator.heldCommands = true;
  const room = { capacityBytes: 2 ** 40, freeBytes: 2 ** 40, available: true, reason: '' };
  const far = { poolId: randomUUID(), name: 'far', kind: 'shared-dir' as const, ...room };
  operator.facts = { pools: [{ poolId: randomUUID(), name: 'local', kind: 'dir', ...room }, far] };
  operator.startBeating();
  await intel.down();
}, 60_000);

afterEach(() => running?.end('SIGKILL'));

afterAll(async () => {
  await operator?.stop();
  await intel?.end();
  compiled?.remove();
}, 30_000);

async function start(death = ''): Promise<void> {
  const fault: Record<string, string> = death
    ? { VMAN_FAILPOINTS: `${death}=crash`, VMAN_ALLOW_FAILPOINTS: 'true' }
    : {};
  running = new IntelProcess(compiled.main, intel.port, { ...intel.environment(), ...fault });
  await running.ready();
}

/** Answers commands as a host does, each once, until it is called. */
function answering(): () => void {
  const answered = new Set<string>();
  const timer = setInterval(() => {
    for (const command of operator.commands) {
      if (answered.has(command.operationId)) continue;
      answered.add(command.operationId);
      void operator.answer(command, 'succeeded', undefined, resultOf(command));
    }
  }, 50);
  return () => clearInterval(timer);
}

function resultOf({ action }: Command): CommandResult | undefined {
  const atMs = 1_700_000_000_000;
  if (action.$case === 'createSnapshot') {
    return { of: { $case: 'snapshot', value: { bytes: 4096, consistency: 'crash-consistent', atMs } } };
  }
  if (action.$case !== 'createBackup') return undefined;
  const files = action.value.diskIds.map((diskId) => ({
    diskId,
    sizeBytes: GIB,
    fileBytes: 1000,
    sha256: 'ab'.repeat(32),
  }));
  const value = { files, kind: 'full', fallbackReason: '', consistency: 'frozen' as const, atMs };
  return { of: { $case: 'backup', value } } as CommandResult;
}

const get = async <T>(path: string) => (await intel.request<T>('GET', path)).body;

async function runningVm(name: string): Promise<VmView> {
  const { vm } = await intel.createVm(name, { disks: [{ sizeGiB: 1 }], memoryMiB: 128 });
  await intel.request('GET', `/v1/vms/${vm.id}/wait?for=running&timeout=20s`);
  return vm;
}

interface Work {
  kind: OperationView['kind'];
  ask(vm: VmView, name: string): Promise<unknown>;
  /** What there is of it once it has ended. */
  count(vm: VmView, name: string): Promise<number>;
}

const WORKS: Work[] = [
  {
    kind: 'snapshot.create',
    ask: (vm, name) => intel.request('POST', `/v1/vms/${vm.id}/snapshots`, { name }),
    count: async (vm) => (await get<SnapshotListView>(`/v1/vms/${vm.id}/snapshots`)).items.length,
  },
  {
    kind: 'backup.create',
    ask: (vm) => intel.request('POST', `/v1/vms/${vm.id}/backups`, { pool: 'far' }),
    count: async (vm) =>
      (await get<BackupListView>(`/v1/backups?vm=${vm.id}`)).items.filter((it) => it.state === 'ready')
        .length,
  },
  {
    kind: 'vm.clone',
    ask: (vm, name) => intel.request('POST', `/v1/vms/${vm.id}/clone`, { name }),
    count: async (_vm, name) =>
      operator.desired.filter((it) => it.name === name && it.generation === 1).length,
  },
  {
    kind: 'disk.create',
    ask: (_vm, name) => intel.request('POST', '/v1/disks', { name, sizeGiB: 1, pool: 'far' }),
    count: async (_vm, name) =>
      (await get<DiskListView>(`/v1/disks?name=${name}`)).items.filter((it) => it.state === 'available')
        .length,
  },
];

async function finished(vm: VmView, { kind, count }: Work, name: string): Promise<void> {
  const last = async () => {
    const { items } = await get<OperationListView>('/v1/operations?limit=50');
    const found = items.filter((it) => it.kind === kind);
    return found.length > 0 && found.every((it) => it.finishedAt !== undefined) ? found : undefined;
  };
  const ended = await waitFor(last, { timeoutMs: RETURNED_MS, what: `the ${kind} has ended` });
  expect(ended.filter((it) => it.status !== 'succeeded')).toEqual([]);
  expect(await count(vm, name)).toBe(1);
}

describe('an intel that is killed', () => {
  it.each(
    WORKS.flatMap((work) => ['intel.after-commit', 'intel.after-publish'].map((point) => ({ work, point }))),
  )('at $point of a $work.kind finishes it once it is back, once', async ({ work, point }) => {
    await start();
    await waitFor(async () => (await get<PoolListView>('/v1/pools')).items?.length === 2, {
      what: 'the pools are known',
    });
    const name = `${work.kind.replace('.', '-')}-${point.split('-').at(-1)}`;
    const vm = await runningVm(`of-${name}`);
    await running.end('SIGKILL');
    await start(point);
    await work.ask(vm, name).catch(() => undefined);
    await running.gone();
    const done = answering();
    await start();
    await finished(vm, work, name);
    done();
  });

  it.each(WORKS)('while a host is at a $kind takes the answer once it is back', async (work) => {
    await start();
    const name = `${work.kind.replace('.', '-')}-away`;
    const vm = await runningVm(`of-${name}`);
    const before = operator.commands.length;
    await work.ask(vm, name);
    await waitFor(() => operator.commands.length > before, { what: 'the host is at it' });
    await running.end('SIGKILL');
    const done = answering();
    await start();
    await finished(vm, work, name);
    done();
  });
});
