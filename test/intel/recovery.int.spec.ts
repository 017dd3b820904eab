import { statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { StreamAdmin } from '#libs/bus';
import { DESIRED_STREAM, desiredVmCodec, subjects } from '#libs/contracts';
import type { DryRunView, VmChangeView } from '#libs/contracts/http';
import { waitFor } from '#libs/testing';
import { type CompiledIntel, compileIntel } from './compile-intel.js';
import { IntelProcess } from './intel-process.js';
import { IntelUnderTest } from './intel-under-test.js';
import { ScriptedOperator } from './scripted-operator.js';

let intel: IntelUnderTest;
let operator: ScriptedOperator;

beforeEach(async () => {
  intel = await IntelUnderTest.start();
  operator = await ScriptedOperator.start(intel.nats.url);
  operator.startBeating();
  await waitFor(async () => (await intel.request('GET', '/v1/hosts/host-1')).status === 200, {
    what: 'a host is there',
  });
}, 60_000);

afterEach(async () => {
  await operator?.stop();
  await intel?.end();
});

async function query(sql: string): Promise<void> {
  const client = new Client({ connectionString: intel.postgres.url });
  await client.connect();
  await client.query(sql);
  await client.end();
}

/** As if they had waited for a minute. */
const ageOperations = () => query(`UPDATE operations SET progressed_at = now() - interval '1 minute'`);

const heard = (vmId: string, generation: number, count = 1) =>
  waitFor(
    () => operator.desired.filter((it) => it.vmId === vmId && it.generation === generation).length >= count,
    { what: `generation ${generation} is heard` },
  );

describe('hosts that nobody could hear', () => {
  it('take VMs once the bus is back, before their next heartbeat, unless they were silent for too long', async () => {
    const other = await ScriptedOperator.start(intel.nats.url, 'host-2');
    try {
      other.beat();
      await waitFor(async () => (await intel.request('GET', '/v1/hosts/host-2')).status === 200, {
        what: 'the other host is there',
      });
      operator.stopBeating();
      const verdicts = async () => {
        const body = { name: 'heard', memoryMiB: 16 };
        const { body: tried } = await intel.request<DryRunView>('POST', '/v1/vms?dryRun=true', body);
        return (tried.placement ?? []).map(({ host, verdict }) => `${host}: ${verdict}`).sort();
      };
      // The last heartbeats may still be on their way.
      const silent = async () => {
        await query(`UPDATE hosts SET seen_at = now() - interval '20 s' WHERE name = 'host-1'`);
        await query(`UPDATE hosts SET seen_at = now() - interval '60 s' WHERE name = 'host-2'`);
        return (await verdicts()).length === 0;
      };
      await waitFor(silent, { what: 'no host is heard' });
      await intel.nats.kill();
      await intel.nats.start();
      await waitFor(async () => (await verdicts()).length > 0, { what: 'the silent one is taken for alive' });
      expect(await verdicts()).toEqual(['host-1: chosen', 'host-2: refused']);
    } finally {
      await other.stop();
    }
  });
});

describe('when NATS loses everything', () => {
  it('every desired state and every open command is put there again, and a marker behind them', async () => {
    const { vm } = await intel.createVm('untouched');
    const touched = (await intel.createVm('touched')).vm;
    for (const { id } of [vm, touched])
      await intel.request('GET', `/v1/vms/${id}/wait?for=ready&timeout=10s`);
    operator.held = true;
    const reset = (await intel.request<VmChangeView>('POST', `/v1/vms/${vm.id}/reset`)).body.operation;
    await waitFor(() => operator.commands.length === 1, { what: 'the command is heard' });
    const markers = operator.seedMarkers;
    await intel.nats.kill();
    const stop = (await intel.request<VmChangeView>('POST', `/v1/vms/${touched.id}/stop`)).body.operation;
    expect(stop.status).toBe('queued');
    operator.held = false;
    await intel.nats.wipe();
    await intel.nats.start();
    await heard(vm.id, 1, 2);
    await heard(touched.id, 2);
    await waitFor(() => operator.seedMarkers > markers, { what: 'the marker is heard' });
    expect((await intel.operation(stop.id, '15s')).status).toBe('succeeded');
    expect((await intel.operation(reset.id, '15s')).status).toBe('succeeded');
    expect(operator.launches).toHaveLength(2);
    const last = await new StreamAdmin(intel.bus).lastOnSubject(
      DESIRED_STREAM,
      subjects.desired(operator.hostId, vm.id),
      desiredVmCodec,
    );
    expect(last?.message.generation).toBe(1);
  }, 60_000);

  it('and is away for the whole start, the API works and what was asked happens later', async () => {
    const { vm } = await intel.createVm('patient');
    await intel.request('GET', `/v1/vms/${vm.id}/wait?for=ready&timeout=10s`);
    await intel.down();
    await intel.nats.stop();
    await intel.up();
    const { status, body } = await intel.request<VmChangeView>('POST', `/v1/vms/${vm.id}/stop`);
    expect([status, body.operation.status]).toEqual([202, 'queued']);
    await intel.nats.start();
    expect((await intel.operation(body.operation.id, '20s')).status).toBe('succeeded');
  }, 60_000);
});

describe('an operation that nobody answers', () => {
  it('is published again', async () => {
    const { StuckOperations } = await import('../../apps/intel/src/outbox/stuck-operations.js');
    operator.held = true;
    const { vm } = await intel.createVm('lost');
    await heard(vm.id, 1);
    const sweeper = intel.app.get(StuckOperations);
    await ageOperations();
    operator.held = false;
    await sweeper.sweep();
    await heard(vm.id, 1, 2);
    await intel.request('GET', `/v1/vms/${vm.id}/wait?for=ready&timeout=10s`);
  });
});

const seeded = () =>
  intel.database.read(
    async (tx) => (await tx.busState.all()).length === 3 && (await tx.outbox.unsent(1)).length === 0,
  );

/** Heartbeats are heard by whoever runs now. */
const online = () =>
  waitFor(
    async () => (await intel.request<{ state: string }>('GET', '/v1/hosts/host-1')).body.state === 'ready',
    { what: 'the host is heard' },
  );

describe('intel as a process', () => {
  let compiled: CompiledIntel;
  let running: IntelProcess | undefined;
  beforeAll(async () => {
    compiled = await compileIntel();
  }, 60_000);
  afterAll(() => compiled?.remove());
  afterEach(async () => {
    await running?.end('SIGKILL');
  });

  const launch = (failpoints = '') => {
    const chosen: Record<string, string> = failpoints
      ? { VMAN_FAILPOINTS: failpoints, VMAN_ALLOW_FAILPOINTS: 'true' }
      : {};
    running = new IntelProcess(compiled.main, intel.port, { ...intel.environment(), ...chosen });
    return running;
  };

  it.each(['intel.after-commit', 'intel.after-publish'])(
    'killed at %s does what it had accepted once it is back, and does it once',
    async (point) => {
      // The failpoint is meant for the create, not for what the seeding left to publish.
      await waitFor(seeded, { what: 'the seeding is over' });
      await intel.down();
      const first = launch(`${point}=crash`);
      await first.ready();
      await online();
      await intel.createVm('accepted').catch(() => {});
      expect(await first.gone()).toEqual({ code: null, signal: 'SIGKILL' });
      const second = launch();
      await second.ready();
      const seen = await intel.request('GET', '/v1/vms/accepted/wait?for=ready&timeout=20s');
      expect([seen.status, seen.body]).toMatchObject([200, { name: 'accepted' }]);
      expect(operator.launches).toHaveLength(1);
      expect(await second.end('SIGTERM')).toEqual({ code: 0, signal: null });
    },
    60_000,
  );

  it('writes its first token for its owner alone, and never a second one', () => {
    expect(statSync(join(intel.folder, 'token')).mode & 0o777).toBe(0o600);
  });

  it('checks its settings when asked', async () => {
    const good = new IntelProcess(compiled.main, 0, intel.environment(), ['--check-config']);
    expect((await good.gone()).code).toBe(0);
    const bad = new IntelProcess(compiled.main, 0, { VMAN_INTEL_PORT: 'x' }, ['--check-config']);
    expect((await bad.gone()).code).toBe(78);
    expect(bad.output).toMatch(
      /VMAN_INTEL_PORT[\s\S]*VMAN_DATABASE_URL|VMAN_DATABASE_URL[\s\S]*VMAN_INTEL_PORT/,
    );
  });
});
