/**
 * Fleets of hosts without QEMU (test/fleet/fake-host.ts) under the real intel, observer, NATS and Postgres. Their VMs
 * have run for long when the measurement begins; then some are killed each second, and each is repaired.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { Bus, StreamAdmin } from '#libs/bus';
import { type DesiredVm, desiredVmCodec, subjects, type VmReport } from '#libs/contracts';
import { desiredVm, silentLogger, waitFor } from '#libs/testing';
import { Stack } from '../test/e2e/stack/stack.js';
import { FakeHost } from '../test/fleet/fake-host.js';
import type { Bench } from './bench.js';
import { percentile } from './measure/median.js';
import { type Load, loadOf, processesWith } from './measure/process-load.js';

const VMS_A_HOST = 100;
const SIZES = [100, 300, 1_000];
const SETTLE_MS = 12_000;
const READ_LIMIT_MS = 600_000;
const WINDOW_MS = 20_000;
const KILLS_A_SECOND = 5;
const SIDE_BY_SIDE = 64;
const SIZE_GOAL = 1_000;
const MIB_GOAL = 1_024;
/** Cores a host at the largest fleet beside the smallest: 1 is linear, and what a small fleet costs anyway is in it. */
const GROWTH_GOAL = 1.2;
const P99_GOAL_MS = 200;
const ROWS_AT_ONCE = 5_000;

export const fleet: Bench = {
  name: 'fleet',
  what: `hosts without QEMU x ${VMS_A_HOST} VMs (--hosts 100,300,1000): cost of each service, drift to repair`,
  goal: `cost grows linearly; observer <= 1 core and < ${MIB_GOAL} MiB at 1,000 hosts; drift to repair p99 < ${P99_GOAL_MS} ms`,
  async run(say, options) {
    const sizes = options.hosts?.split(',').map(Number) ?? SIZES;
    const all: Figures[] = [];
    for (const size of sizes) {
      const figures = await measure(size, say);
      all.push(figures);
      for (const [key, value] of Object.entries(figures))
        say(`${String(size).padStart(5)} hosts  ${key.padEnd(20)} ${value}`);
    }
    const largest = all.at(-1);
    const first = all[0];
    const growth =
      ((largest?.observerCores ?? 0) / (first?.observerCores ?? 1)) * ((sizes[0] ?? 1) / (sizes.at(-1) ?? 1));
    const figures = Object.fromEntries(
      all.flatMap((one, index) =>
        Object.entries(one).map(([key, value]) => [`${key}At${sizes[index]}`, value]),
      ),
    );
    // A smaller fleet says nothing about the goal.
    const holds =
      (sizes.at(-1) ?? 0) >= SIZE_GOAL &&
      growth <= GROWTH_GOAL &&
      largest?.notRepaired === 0 &&
      (largest?.observerCores ?? 9) <= 1 &&
      (largest?.observerMiB ?? MIB_GOAL) < MIB_GOAL &&
      (largest?.repairP99Ms ?? P99_GOAL_MS) < P99_GOAL_MS;
    return { figures: { ...figures, observerGrowth: round(growth) }, holds };
  },
};

type Figures = Record<string, number>;

async function measure(size: number, say: (line: string) => void): Promise<Figures> {
  const budget = { VMAN_OBSERVER_REPAIR_BUDGET: '100000', VMAN_OBSERVER_HOST_STARTS: '10000' };
  const settings =
    async () =>
    (service: string): Record<string, string> =>
      service === 'observer' ? budget : {};
  const stack = await Stack.start({ logLevel: 'warn', hosts: 0, settings, judge: () => {} });
  const database = new pg.Client({ connectionString: stack.database.url });
  await database.connect();
  const buses = await Promise.all(
    Array.from({ length: 10 }, () =>
      Bus.connect({ url: stack.nats.url, name: 'fleet', logger: silentLogger }),
    ),
  );
  const hosts = Array.from({ length: size }, (_, index) => {
    return new FakeHost(buses[index % buses.length] as Bus, randomUUID(), `fake-${index}`);
  });
  try {
    const vms = await settleIn(say, stack, database, buses, hosts);
    return await watch(stack, database, buses[0] as Bus, hosts, vms);
  } finally {
    await Promise.all(hosts.map((host) => host.stop()));
    await Promise.all(buses.map((bus) => bus.close()));
    await database.end();
    await stack.stop();
  }
}

/** Hosts, VMs and their desired states, as if they had been there for long. */
async function settleIn(
  say: (line: string) => void,
  stack: Stack,
  database: pg.Client,
  buses: Bus[],
  hosts: FakeHost[],
): Promise<DesiredVm[]> {
  const model = hosts[0] as FakeHost;
  const admin = new StreamAdmin(buses[0] as Bus);
  model.start();
  await stack.untilHostIsKnown(1);
  const { vm } = await stack.api.ask<{ vm: { id: string } }>(
    'POST',
    '/v1/vms',
    { name: 'model', memoryMiB: 64, disks: [], nics: [] },
    { prefer: 'wait=30' },
  );
  await database.query(
    `INSERT INTO hosts SELECT (jsonb_populate_record(h, jsonb_build_object('id', x.id, 'name', x.name))).*
     FROM hosts h, jsonb_to_recordset($1) AS x (id uuid, name text) WHERE h.id = $2`,
    [JSON.stringify(hosts.slice(1).map((it) => ({ id: it.hostId, name: it.name }))), model.hostId],
  );
  const vms: DesiredVm[] = [];
  const rows: { id: string; name: string; host_id: string; rev_start: number; rev_seq: number }[] = [];
  for (const host of hosts) {
    for (let index = 0; index < VMS_A_HOST; index++) {
      const wanted = desiredVm({
        vmId: uuidv7(),
        hostId: host.hostId,
        name: `${host.name}-${index}`,
        disks: [],
        nics: [],
      });
      const [told] = host.adopt(wanted) as [VmReport];
      const { startCount, sequence } = told.rev;
      rows.push({
        id: wanted.vmId,
        name: wanted.name,
        host_id: host.hostId,
        rev_start: startCount,
        rev_seq: sequence,
      });
      vms.push(wanted);
    }
  }
  for (let at = 0; at < rows.length; at += ROWS_AT_ONCE) {
    await database.query(
      `INSERT INTO vms SELECT (jsonb_populate_record(v, to_jsonb(x))).*
       FROM vms v, jsonb_to_recordset($1) AS x (id uuid, name text, host_id uuid, rev_start bigint, rev_seq bigint)
       WHERE v.id = $2`,
      [JSON.stringify(rows.slice(at, at + ROWS_AT_ONCE)), vm.id],
    );
  }
  await database.query('ANALYZE');
  await inTurn(hosts, (host) => admin.ensureHostConsumers(host.hostId));
  await inTurn(vms, (wanted, index) =>
    (buses[index % buses.length] as Bus).publishDurable(
      subjects.desired(wanted.hostId, wanted.vmId),
      desiredVmCodec,
      wanted,
    ),
  );
  for (const host of hosts.slice(1)) host.start();
  const startedAt = performance.now();
  const ready = () => hosts.every((it) => it.hasReadAll && it.sentAt !== undefined);
  await waitFor(ready, { timeoutMs: READ_LIMIT_MS, everyMs: 200, what: 'every host has read its VMs' });
  const tookS = seconds(performance.now() - startedAt);
  say(
    `${hosts.length} hosts at once have read their VMs in ${tookS} s, on nats-server ${buses[0]?.serverVersion}`,
  );
  await pause(SETTLE_MS);
  return vms;
}

async function watch(
  stack: Stack,
  database: pg.Client,
  bus: Bus,
  hosts: FakeHost[],
  vms: DesiredVm[],
): Promise<Figures> {
  const groups = {
    observer: processesWith(`${stack.folder}/logs/observer`),
    intel: processesWith(`${stack.folder}/logs/intel`),
    nats: processesWith('nats-server', stack.folder),
    postgres: processesWith('postgres:', new URL(stack.database.url).pathname.slice(1)),
    fakeFleet: [process.pid],
  };
  const lags: number[] = [];
  const beats = new Map(hosts.map((host) => [subjects.heartbeat(host.hostId), host]));
  const listening = bus.listen(subjects.allHeartbeats, undefined, ({ subject }) => {
    const sentAt = beats.get(subject)?.sentAt;
    if (sentAt !== undefined) lags.push(performance.now() - sentAt);
  });
  const killedAt = new Map<string, number>();
  const repairs: number[] = [];
  for (const host of hosts) {
    host.onRepair = (vmId) => {
      const at = killedAt.get(vmId);
      if (at !== undefined) repairs.push(performance.now() - at);
      killedAt.delete(vmId);
    };
  }
  const byId = new Map(hosts.map((host) => [host.hostId, host]));
  const before = Object.fromEntries(
    Object.entries(groups).map(([name, pids]) => [name, loadOf(pids)]),
  ) as Record<string, Load>;
  const writes = await writesOf(database);
  const began = performance.now();
  const kills = (WINDOW_MS / 1000) * KILLS_A_SECOND;
  for (let index = 0; index < kills; index++) {
    const vm = vms[Math.floor((index * vms.length) / kills)];
    if (vm) {
      killedAt.set(vm.vmId, performance.now());
      void byId.get(vm.hostId)?.kill(vm.vmId);
    }
    await pause(Math.max(0, began + ((index + 1) * WINDOW_MS) / kills - performance.now()));
  }
  const seconds = (performance.now() - began) / 1000;
  const written = (await writesOf(database)) - writes;
  const figures: Figures = {};
  for (const [name, pids] of Object.entries(groups)) {
    const after = loadOf(pids);
    figures[`${name}Cores`] = round((after.cpuSeconds - (before[name]?.cpuSeconds ?? 0)) / seconds);
    figures[`${name}MiB`] = Math.round(after.rssMiB);
  }
  listening.stop();
  await waitFor(() => killedAt.size === 0, { timeoutMs: 30_000, what: 'every kill is repaired' }).catch(
    () => {},
  );
  return {
    ...figures,
    writesPerSecond: Math.round(written / seconds),
    heartbeatsPerSecond: Math.round(lags.length / seconds),
    heartbeatLagP99Ms: round(percentile(lags, 99)),
    repairs: repairs.length,
    notRepaired: killedAt.size,
    repairP50Ms: round(percentile(repairs, 50)),
    repairP99Ms: round(percentile(repairs, 99)),
  };
}

/** Rows written since the database was made. */
async function writesOf(database: pg.Client): Promise<number> {
  await database.query('SELECT pg_stat_clear_snapshot()');
  const { rows } = await database.query<{ count: string }>(
    `SELECT tup_inserted + tup_updated + tup_deleted AS count FROM pg_stat_database WHERE datname = current_database()`,
  );
  return Number(rows[0]?.count ?? 0);
}

async function inTurn<T>(items: T[], work: (item: T, index: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const worker = async () => {
    for (let index = next++; index < items.length; index = next++) await work(items[index] as T, index);
  };
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, worker));
}

const seconds = (ms: number) => (ms / 1000).toFixed(1);
const round = (value: number) => Math.round(value * 100) / 100;
