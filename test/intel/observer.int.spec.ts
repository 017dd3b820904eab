import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Bus } from '#libs/bus';
import { systemClock } from '#libs/clock';
import { loadConfig } from '#libs/config';
import { type Beacon, beaconCodec, type LastExit, subjects } from '#libs/contracts';
import type {
  DriftListView,
  DriftView,
  ExplainView,
  ObserverView,
  OperationView,
  ProblemView,
  RepairListView,
  RepairPauseListView,
  RepairPauseView,
  VmView,
} from '#libs/contracts/http';
import { createLogger } from '#libs/logging';
import { silentLogger, waitFor } from '#libs/testing';
import { startObserver } from '../../apps/observer/src/start-observer.js';
import { IntelUnderTest } from './intel-under-test.js';
import { ScriptedOperator } from './scripted-operator.js';

interface RunningObserver {
  /** As if it were killed: nobody is told. */
  cut(): Promise<void>;
  close(): Promise<void>;
}

const exit = (exitSeq: number): LastExit => ({
  exitSeq,
  reason: 'killed',
  atMs: Date.now(),
  startGeneration: 1,
  status: 'signal SIGKILL',
});
const soon = (ms = 3_600_000) => new Date(Date.now() + ms).toISOString();

describe('observers and intel', () => {
  let intel: IntelUnderTest;
  let operator: ScriptedOperator;
  let ear: Bus;
  const beacons: Beacon[] = [];
  const observers: RunningObserver[] = [];

  async function observe(...argv: string[]): Promise<RunningObserver> {
    const config = loadConfig('observer', {
      argv: ['--observer-port=0', '--observer-interval=1s', `--nats-url=${intel.nats.url}`, ...argv],
      env: {},
    });
    const bus = Bus.open({ url: intel.nats.url, name: 'observer', logger: silentLogger });
    const logger = createLogger({ service: 'observer', level: 'silent' });
    const app = await startObserver({ bus, clock: systemClock, config, logger });
    const observer: RunningObserver = {
      cut: async () => {
        await bus.close();
        await app.close();
      },
      close: async () => {
        await app.close();
        await bus.close();
      },
    };
    observers.push(observer);
    return observer;
  }

  const api = async <T>(path: string): Promise<T> => (await intel.request<T>('GET', path)).body;
  const view = () => api<ObserverView>('/v1/observer');
  const driftsOf = async (vm: VmView, more = '') =>
    (await api<DriftListView>(`/v1/drifts?vm=${vm.id}${more}`)).items;
  const drift = (vm: VmView, test: (it: DriftView) => boolean) =>
    waitFor(async () => (await driftsOf(vm)).find(test), { timeoutMs: 30_000, what: 'the drift is shown' });
  const commandsFor = (vm: VmView) => operator.commands.filter((it) => it.vmId === vm.id);

  async function running(name: string): Promise<VmView> {
    const { vm } = await intel.createVm(name);
    await intel.request('GET', `/v1/vms/${vm.id}/wait?for=ready&timeout=10s`);
    return vm;
  }

  const crash = (vm: VmView, exitSeq = 1) =>
    operator.tell(vm.id, { state: 'crashed', reason: 'killed', pid: 0, lastExit: exit(exitSeq) });
  const back = (vm: VmView, exitSeq = 1) =>
    operator.tell(vm.id, { state: 'running', reason: '', pid: 77, repairedExitSeq: exitSeq, restarts: 1 });

  async function pause(scope: { kind: string; id?: string }, until = soon()): Promise<RepairPauseView> {
    const { status, body } = await intel.request<RepairPauseView>('POST', '/v1/repair-pauses', {
      scope,
      until,
      reason: 'work on it',
    });
    expect(status).toBe(201);
    return body;
  }

  const pausesKnown = (count: number) =>
    waitFor(async () => (await view()).pauses === count, { what: `${count} pauses are known` });

  beforeAll(async () => {
    intel = await IntelUnderTest.start();
    operator = await ScriptedOperator.start(intel.nats.url);
    operator.startBeating();
    await waitFor(async () => (await intel.request('GET', '/v1/hosts/host-1')).status === 200, {
      what: 'a host is there',
    });
    ear = await Bus.connect({ url: intel.nats.url, name: 'ear', logger: silentLogger });
    ear.subscribe(subjects.beacon, beaconCodec, (it) => void beacons.push(it));
    await observe();
    await waitFor(async () => (await view()).heard, { what: 'an observer leads' });
  }, 60_000);

  afterAll(async () => {
    for (const observer of observers) await observer.close();
    await ear?.close();
    await operator?.stop();
    await intel?.end();
  });

  it('show a crash as a drift and a repair, from its finding to its end', async () => {
    const vm = await running('crashes');
    await crash(vm);
    const open = await drift(vm, (it) => it.state === 'repairing');
    expect(open).toMatchObject({
      kind: 'crashed',
      expected: 'running',
      seen: 'crashed (killed, signal SIGKILL)',
      decision: 'repair',
      reason: 'policy on-failure answers killed',
      vm: { id: vm.id, name: 'crashes' },
      host: { id: operator.hostId, name: 'host-1' },
    });
    expect((await api<OperationView>(`/v1/operations/${open.operationId}`)).finishedAt).toBeUndefined();
    await back(vm);
    const over = await drift(vm, (it) => it.state === 'repaired');
    expect(over.id).toBe(open.id);
    expect(Date.parse(over.repairedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(over.detectedAt));
    expect(await api(`/v1/drifts/${open.id}`)).toEqual(over);
    // The observer sees the VM run before intel has written what its host says of the repair.
    await api<OperationView>(`/v1/operations/${open.operationId}?wait=30s`);
    const repairs = await api<RepairListView>(`/v1/repairs?vm=${vm.id}&kind=crashed`);
    expect(repairs.items).toMatchObject([
      { id: open.operationId, action: 'restart', origin: 'observer', state: 'succeeded', exitSequence: 1 },
    ]);
    expect(await api(`/v1/repairs/${open.operationId}`)).toEqual(repairs.items[0]);
  });

  it('publish a change again that its host was not reached by', async () => {
    const vm = await running('lags');
    const seen = operator.desired.length;
    // Else it does at once what it is told again, and the drift may be over before anyone looked.
    operator.held = true;
    await operator.tell(vm.id, { acceptedGeneration: 0, observedGeneration: 0 });
    await drift(vm, (it) => it.kind === 'generation-lag' && it.state === 'repairing');
    await waitFor(() => operator.desired.slice(seen).some((it) => it.vmId === vm.id), {
      what: 'it is told again',
    });
    operator.held = false;
    await operator.tell(vm.id, { acceptedGeneration: 1, observedGeneration: 1 });
    await drift(vm, (it) => it.kind === 'generation-lag' && it.state === 'repaired');
  }, 60_000);

  it('ask a host to look again when a guest stands still that is to run', async () => {
    const vm = await running('stands-still');
    await operator.tell(vm.id, { state: 'paused' });
    const open = await drift(vm, (it) => it.kind === 'wrong-power-state' && it.state === 'repairing');
    const command = await waitFor(() => commandsFor(vm)[0], { what: 'the command is heard' });
    expect(command.action).toMatchObject({ $case: 'converge', value: { generation: 1 } });
    await operator.tell(vm.id, { state: 'running' });
    await drift(vm, (it) => it.id === open.id && it.state === 'repaired');
  });

  it('explain why a VM is as it is, and say what pauses its repair', async () => {
    const vm = await running('explained');
    const calm = await api<ExplainView>(`/v1/vms/${vm.id}/explain`);
    expect(calm).toMatchObject({ coherent: true, drifts: [], blockedBy: [], observed: { state: 'running' } });
    const { id } = await pause({ kind: 'vm', id: 'explained' });
    await pausesKnown(1);
    await crash(vm);
    await drift(vm, (it) => it.decision === 'hold');
    const held = await api<ExplainView>(`/v1/vms/explained/explain`);
    expect(held).toMatchObject({
      coherent: false,
      desired: { state: 'running' },
      observed: { state: 'crashed' },
    });
    expect(held.drifts).toMatchObject([
      { kind: 'crashed', state: 'open', reason: 'repairs are paused for this vm' },
    ]);
    expect(held.blockedBy.join()).toContain('work on it');
    expect(held.operations.length).toBeGreaterThan(0);
    expect(commandsFor(vm)).toEqual([]);
    expect((await intel.request('DELETE', `/v1/repair-pauses/${id}`)).status).toBe(204);
    await waitFor(() => commandsFor(vm).length > 0, { what: 'it is repaired afterwards' });
    await back(vm);
  });

  it('end a pause by itself, and refuse one without a good end', async () => {
    const vm = await running('paused-shortly');
    await pause({ kind: 'host', id: 'host-1' }, soon(12_000));
    await pausesKnown(1);
    await crash(vm);
    expect((await drift(vm, (it) => it.decision === 'hold')).reason).toBe('repairs are paused for this host');
    await waitFor(() => commandsFor(vm).length > 0, { timeoutMs: 30_000, what: 'it is repaired afterwards' });
    // The observer counts by its own clock, the list by that of the database: they may differ by milliseconds.
    await waitFor(async () => (await api<RepairPauseListView>('/v1/repair-pauses')).items.length === 0, {
      what: 'the pause is over',
    });
    await back(vm);
    for (const until of [new Date(0).toISOString(), soon(90 * 24 * 3_600_000), undefined]) {
      const body = { scope: { kind: 'fleet' }, until, reason: 'x' };
      const refused = await intel.request<ProblemView>('POST', '/v1/repair-pauses', body);
      expect(refused.status).toBe(400);
      expect(refused.body.errors?.map((it) => it.field)).toEqual(['until']);
    }
    const nameless = { scope: { kind: 'vm' }, until: soon(), reason: 'x' };
    expect((await intel.request('POST', '/v1/repair-pauses', nameless)).status).toBe(400);
    expect((await intel.request('DELETE', `/v1/repair-pauses/${randomUUID()}`)).status).toBe(404);
    expect((await intel.request('GET', `/v1/drifts/${randomUUID()}`)).status).toBe(404);
  });

  it('tell of a restart that a host decided by itself', async () => {
    const vm = await running('alone');
    await operator.tell(vm.id, { lastExit: exit(1), repairedExitSeq: 1, pid: 9 });
    const id = await operator.repair({ vmId: vm.id, origin: 'system', action: 'restart', reason: 'alone' });
    const repair = await waitFor(
      async () =>
        (await api<RepairListView>(`/v1/repairs?vm=${vm.id}`)).items.find((it) => it.state === 'succeeded'),
      { what: 'the repair is shown' },
    );
    expect(repair).toMatchObject({ id, origin: 'system', state: 'succeeded', reason: 'alone' });
  });

  it('let a token of a project see its own, and pause no more than its own', async () => {
    await intel.makeProjects('elsewhere');
    const made = await intel.request<{ token: string }>('POST', '/v1/tokens', {
      name: 'elsewhere',
      role: 'operator',
      project: 'elsewhere',
    });
    const { token } = made.body;
    const list = await intel.request<DriftListView>('GET', '/v1/drifts', undefined, { token });
    expect(list.body.items).toEqual([]);
    expect((await intel.request('GET', '/v1/repairs', undefined, { token })).body).toEqual({ items: [] });
    const body = { scope: { kind: 'fleet' }, until: soon(), reason: 'x' };
    expect((await intel.request('POST', '/v1/repair-pauses', body, { token })).status).toBe(403);
  });

  it('two of them have one effect, and the other takes over when the leader is cut off', async () => {
    const [leader] = observers;
    await observe();
    const before = await view();
    const vm = await running('two-observers');
    await crash(vm);
    await waitFor(() => commandsFor(vm).length > 0, { what: 'the repair is heard' });
    beacons.length = 0;
    await waitFor(() => beacons.length >= 2, { what: 'beacons are heard' });
    expect(new Set(beacons.map((it) => it.observerId)).size).toBe(1);
    const open = await drift(vm, (it) => it.state === 'repairing');

    await leader?.cut();
    const cutAt = performance.now();
    await waitFor(() => beacons.some((it) => it.observerId !== before.leaderId), { what: 'the other leads' });
    const tookMs = performance.now() - cutAt;
    expect((await view()).epoch).toBe(before.epoch + 1);
    expect(new Set(commandsFor(vm).map((it) => it.operationId)).size).toBe(1);

    await back(vm);
    const over = await drift(vm, (it) => it.state === 'repaired');
    expect(over.id).toBe(open.id);
    expect(over.epoch).toBe(before.epoch + 1);
    console.info(`takeover of the lead after a cut: ${Math.round(tookMs)} ms`);
  }, 40_000);

  it('only observe when they are told to, and leave restarts to the hosts', async () => {
    for (const observer of observers.splice(0)) await observer.close();
    await observe('--observer-observe-only=true');
    await waitFor(async () => (await view()).observeOnly, { what: 'it leads' });
    const vm = await running('observed');
    await crash(vm);
    const found = await drift(vm, (it) => it.kind === 'crashed');
    expect((await drift(vm, (it) => it.decision === 'hold')).reason).toBe('this observer only observes');
    expect(found.state).toBe('open');
    expect(commandsFor(vm)).toEqual([]);
    expect(await view()).toMatchObject({ heard: true, decides: false });
  });
});
