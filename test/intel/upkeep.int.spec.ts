import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { beaconCodec, type DriftEvent, driftEventCodec, subjects } from '#libs/contracts';
import type {
  ExplainView,
  HostChangeView,
  HostView,
  OperationView,
  ProblemView,
  RepairPauseView,
  VmChangeView,
  VmView,
} from '#libs/contracts/http';
import { waitFor } from '#libs/testing';
import { IntelUnderTest } from './intel-under-test.js';
import { ScriptedOperator } from './scripted-operator.js';

const GIB = 1024 ** 3;
let intel: IntelUnderTest;
let hosts: [ScriptedOperator, ScriptedOperator];
let far = '';
let client: pg.Client;

beforeAll(async () => {
  intel = await IntelUnderTest.start();
  client = new pg.Client({ connectionString: intel.postgres.url });
  await client.connect();
}, 60_000);
afterAll(async () => {
  await client?.end();
  await intel?.end();
});

beforeEach(async () => {
  far = randomUUID();
  hosts = await Promise.all([startHost('a'), startHost('b')]);
  const ids = hosts.map((it) => it.hostId).sort();
  await waitFor(
    async () => {
      // A heartbeat that was on its way brought a host of the test before back, under the same name.
      await query('DELETE FROM host_pools WHERE host_id <> ALL($1)', [ids]);
      await query('DELETE FROM hosts WHERE id <> ALL($1)', [ids]);
      const { body } = await intel.request<{ items: HostView[] }>('GET', '/v1/hosts');
      const known = body.items.map((it) => it.id).sort();
      return known.join() === ids.join();
    },
    { what: 'both hosts are there, and no other' },
  );
});
afterEach(async () => {
  await Promise.all(hosts.map((it) => it.stop()));
  for (const table of [
    'vm_departures',
    'vms',
    'disks',
    'host_pools',
    'hosts',
    'pools',
    'drifts',
    'repair_pauses',
  ]) {
    await query(`DELETE FROM ${table}`);
  }
});

const query = async (sql: string, values: unknown[] = []) => (await client.query(sql, values)).rows;
const hostOf = (name: string) => intel.request<HostView>('GET', `/v1/hosts/${name}`);
const vmOf = async (id: string) => (await intel.request<VmView>('GET', `/v1/vms/${id}`)).body;

async function startHost(name: string): Promise<ScriptedOperator> {
  const host = await ScriptedOperator.start(intel.nats.url, name);
  const pool = { capacityBytes: 100 * GIB, freeBytes: 90 * GIB, available: true, reason: '' };
  host.facts = {
    pools: [
      { poolId: randomUUID(), name: 'local', kind: 'dir', ...pool },
      { poolId: far, name: 'far', kind: 'shared-dir', ...pool },
    ],
  };
  host.startBeating();
  return host;
}

/** Placed on the first host, and up as far as it is to be. */
async function vmOnFirst(name: string, fields: object): Promise<VmView> {
  await intel.request('POST', '/v1/hosts/b/cordon');
  const body = { name, memoryMiB: 64, nics: [], ...fields };
  const { body: change } = await intel.request<VmChangeView>('POST', '/v1/vms', body, {
    headers: { prefer: 'wait=20' },
  });
  expect(change.operation).toMatchObject({ status: 'succeeded' });
  await intel.request('POST', '/v1/hosts/b/uncordon');
  return vmOf(change.vm?.id ?? '');
}
const onFar = { disks: [{ sizeGiB: 1, pool: 'far' }] };

describe('draining a host', () => {
  it('moves what is off or has failover, lets it go first, and says what stays and why', async () => {
    const off = await vmOnFirst('off', { ...onFar, desiredState: 'stopped' });
    const guarded = await vmOnFirst('guarded', { ...onFar, failover: true });
    await vmOnFirst('runs', onFar);
    await vmOnFirst('own', { disks: [{ sizeGiB: 1 }], desiredState: 'stopped' });
    const asked = await intel.request<HostChangeView>('POST', '/v1/hosts/a/drain', undefined, {
      headers: { prefer: 'wait=20' },
    });
    const { operation, host } = asked.body;
    expect(host).toMatchObject({ state: 'draining', cordoned: true });
    expect(operation).toMatchObject({
      kind: 'host.drain',
      status: 'failed',
      error: { code: 'drain_incomplete' },
      resources: [{ kind: 'host', name: 'a' }],
    });
    expect(operation.error?.message).toMatch(/^2 VMs stay\. .*runs: it is to run and has no failover/);
    expect(operation.error?.message).toContain('own: it has disks in pools that no other host has: local');
    expect(operation.steps.map((it) => it.step).sort()).toEqual(['move guarded to b', 'move off to b']);
    for (const { id, generation } of [off, guarded]) {
      await waitFor(async () => (await vmOf(id)).status.observedGeneration === generation + 1, {
        what: 'the other host has it',
      });
      expect((await vmOf(id)).status.host?.name).toBe('b');
      const released = hosts[0].desired.filter((it) => it.vmId === id).at(-1);
      expect(released).toMatchObject({ presence: 'released', generation: generation + 1 });
      const there = hosts[1].desired.find((it) => it.vmId === id);
      expect(there).toMatchObject({ presence: 'present', generation: generation + 1 });
    }
    expect((await vmOf(guarded.id)).status.state).toBe('running');
    expect((await vmOf(off.id)).status.state).toBe('stopped');
    expect(await query('SELECT 1 FROM vm_departures')).toEqual([]);
    const again = await intel.request<HostView>('POST', '/v1/hosts/a/uncordon');
    expect(again.body.state).toBe('ready');
  }, 40_000);

  it('holds a VM without a lease back until its old host has let it go, and succeeds when nothing is left', async () => {
    const off = await vmOnFirst('off', { ...onFar, desiredState: 'stopped' });
    hosts[0].held = true;
    const { body } = await intel.request<HostChangeView>('POST', '/v1/hosts/a/drain');
    const released = await waitFor(
      () => hosts[0].desired.find((it) => it.vmId === off.id && it.presence === 'released'),
      { what: 'the old host is told to let it go' },
    );
    const operation = async () =>
      (await intel.request<OperationView>('GET', `/v1/operations/${body.operation.id}`)).body;
    await waitFor(async () => (await operation()).phase.includes('on their way'), {
      what: 'it waits for that',
    });
    expect(hosts[1].desired.filter((it) => it.vmId === off.id)).toEqual([]);
    const twice = await intel.request<HostChangeView>('POST', '/v1/hosts/a/drain');
    expect(twice.body.operation.id).toBe(body.operation.id);
    await hosts[0].carryOut(released);
    await waitFor(async () => (await operation()).status === 'succeeded', { what: 'the host is empty' });
    await waitFor(() => hosts[1].desired.some((it) => it.vmId === off.id), { what: 'the other one has it' });
  }, 40_000);
});

describe('a host in maintenance', () => {
  it('is refused while VMs are to run there, unless that is meant', async () => {
    await vmOnFirst('runs', onFar);
    const refused = await intel.request<ProblemView>('POST', '/v1/hosts/a/maintenance', {});
    expect(refused.body).toMatchObject({ code: 'invalid_state', detail: expect.stringContaining('runs') });
    const forced = await intel.request<HostView>('POST', '/v1/hosts/a/maintenance', { force: true });
    expect(forced.body.state).toBe('maintenance');
    const bad = await intel.request<ProblemView>('POST', '/v1/hosts/a/maintenance', { force: 'yes' });
    expect(bad.body).toMatchObject({ code: 'invalid_input', errors: [{ field: 'force' }] });
  });

  it('is none of those whose silence is an alarm', async () => {
    await intel.request<HostView>('POST', '/v1/hosts/a/maintenance', { force: true });
    const { body } = await intel.request<string>('GET', '/metrics', undefined, { token: '' });
    expect(body).toMatch(/^vman_hosts\{state="maintenance"[^}]*\} 1$/m);
    expect(body).toMatch(/^vman_database_waiting(\{[^}]*\})? 0$/m);
  });
});

describe('failover', () => {
  const lost = (hostId: string): DriftEvent => ({
    driftId: randomUUID(),
    key: `host-lost/${hostId}//`,
    rule: 'host-lost',
    hostId,
    vmId: '',
    subject: '',
    state: 'open',
    expected: 'a heartbeat',
    seen: 'none',
    decision: 'leave',
    reason: 'test',
    generation: 0,
    exitSeq: 0,
    sinceMs: 1,
    detectedAtMs: 1,
    changedAtMs: 1,
    repairId: '',
    attempts: 0,
    nextTryAtMs: 0,
    observerId: randomUUID(),
    epoch: 1,
    project: '',
    name: '',
  });
  const observe = () => {
    const state = {
      epoch: 1,
      decides: true,
      observeOnly: false,
      brakeReason: '',
      pauses: [],
      openDrifts: 1,
      brakeSinceMs: 0,
    };
    const beat = () =>
      hosts[1].bus.publish(subjects.beacon, beaconCodec, { observerId: randomUUID(), sentAtMs: 1, state });
    beat();
    return setInterval(beat, 300);
  };

  it('is refused, with what to do, for a disk that only its host has, now and later', async () => {
    const body = { name: 'own', memoryMiB: 64, nics: [], disks: [{ sizeGiB: 1 }], failover: true };
    const refused = await intel.request<ProblemView>('POST', '/v1/vms', body);
    expect(refused).toMatchObject({
      status: 400,
      body: { errors: [{ field: 'failover', code: 'unsupported' }] },
    });
    expect(refused.body.hint).toContain('shared-dir');
    const vm = await vmOnFirst('guarded', { ...onFar, failover: true });
    expect(vm.spec.failover).toBe(true);
    const [disk] = vm.spec.disks;
    const worse = await intel.request<ProblemView>('PATCH', `/v1/vms/${vm.id}`, {
      disks: [{ id: disk?.id }, { sizeGiB: 1, pool: 'local' }],
    });
    expect(worse.body).toMatchObject({ errors: [{ field: 'failover' }] });
    const less = await intel.request<VmChangeView>('PATCH', `/v1/vms/${vm.id}`, { failover: false });
    expect(less.body.vm?.spec.failover).toBe(false);
  });

  it('starts a VM elsewhere only once its host is lost, for the observer too, and its lease is over', async () => {
    const vm = await vmOnFirst('guarded', { ...onFar, failover: true });
    const stuck = await vmOnFirst('stuck', { disks: [{ sizeGiB: 1, pool: 'local' }] });
    const blockedBy = async (id: string) =>
      (await intel.request<ExplainView>('GET', `/v1/vms/${id}/explain`)).body.blockedBy;
    const [old, next] = hosts;
    const beacon = observe();
    old.stopBeating();
    const silent = async () => {
      // Its last heartbeat may still be on its way.
      await query(`UPDATE hosts SET seen_at = now() - interval '30 s' WHERE id = $1`, [old.hostId]);
      return (await hostOf('a')).body.state === 'unknown';
    };
    await waitFor(silent, { what: 'the host is silent' });
    const questions: string[] = [];
    next.leases = (vmId) => {
      questions.push(vmId);
      return questions.length > 1 ? 'over' : 'held';
    };
    const pause = await intel.request<RepairPauseView>('POST', '/v1/repair-pauses', {
      scope: { kind: 'host', id: 'a' },
      until: new Date(Date.now() + 300_000).toISOString(),
      reason: 'first one doubt after the other',
    });
    expect(pause.status).toBe(201);
    await next.bus.publishDurable(subjects.event(old.hostId, 'drift'), driftEventCodec, lost(old.hostId));
    await waitFor(async () => (await query('SELECT 1 FROM drifts')).length === 1, {
      what: 'it is told lost',
    });
    expect(await blockedBy(vm.id)).toContain('it is not placed again yet: repairs are paused');
    expect(await blockedBy(stuck.id)).toEqual(
      expect.arrayContaining([
        'it is not placed again: its failover is off',
        'its disks could not follow: not on a shared pool, but in local',
      ]),
    );
    await waitFor(() => questions.length > 1, { timeoutMs: 30_000, what: 'its lease is over' });
    expect((await vmOf(vm.id)).status.host?.name).toBe('a');
    await intel.request('DELETE', `/v1/repair-pauses/${pause.body.id}`);
    await waitFor(async () => (await vmOf(vm.id)).status.state === 'running', { what: 'it runs elsewhere' });
    const now = await vmOf(vm.id);
    expect(now).toMatchObject({ generation: vm.generation + 1, status: { host: { name: 'b' } } });
    clearInterval(beacon);

    // Days later its old host is there again, with what it knew.
    old.held = true;
    old.startBeating();
    const released = await waitFor(() => old.desired.find((it) => it.presence === 'released'), {
      what: 'it is told to let the VM go',
    });
    expect(released).toMatchObject({ vmId: vm.id, generation: now.generation });
    old.held = false;
    await old.carryOut(released);
    await waitFor(async () => (await query('SELECT 1 FROM vm_departures')).length === 0, {
      what: 'it has let the VM go',
    });
    expect((await vmOf(vm.id)).status).toMatchObject({ state: 'running', host: { name: 'b' } });
  }, 60_000);
});

describe('two machines with the id of one host', () => {
  it('are told apart: the second one is refused until an administrator takes it for the host', async () => {
    const [host] = hosts;
    const first = { machineId: 'm1', incarnation: 'i1', bootId: 'b1' };
    host.facts = { ...host.facts, identity: first, bootId: 'b1' };
    await waitFor(async () => (await query(`SELECT 1 FROM hosts WHERE incarnation = 'i1'`)).length === 1, {
      what: 'it is known',
    });
    const none = await intel.request<ProblemView>('POST', '/v1/hosts/a/accept');
    expect(none.body).toMatchObject({ code: 'invalid_state', hint: expect.stringContaining('VMAN_HOST_ID') });
    host.facts = { ...host.facts, identity: { ...first, incarnation: 'i2', bootId: 'b2' }, bootId: 'b2' };
    const refused = await waitFor(async () => (await hostOf('a')).body.refused, { what: 'it is refused' });
    expect(refused).toMatchObject({ incarnation: 'i2', reason: expect.stringContaining('installed anew') });
    expect((await hostOf('a')).body.bootId).toBe('b1');
    const accepted = await intel.request<HostView>('POST', '/v1/hosts/a/accept');
    expect(accepted.body).toMatchObject({ bootId: 'b2', name: 'a' });
    expect(accepted.body.refused).toBeUndefined();
    host.facts = { ...host.facts, identity: first, bootId: 'b1' };
    await waitFor(async () => (await hostOf('a')).body.refused?.incarnation === 'i1', {
      what: 'what was the host before is refused now',
    });
  });
});
