/**
 * How fast VMAN notices and mends, one figure after the other, on real QEMU. Only the lost event needs a host that can
 * be told to lose it (test/fleet/fake-host.ts); what a user sees is asked of the API.
 */
import { randomUUID } from 'node:crypto';
import { copyFileSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Bus } from '#libs/bus';
import type { OperationView, VmView } from '#libs/contracts/http';
import { TIMERS } from '#libs/domain';
import { silentLogger, waitFor } from '#libs/testing';
import { SharedPool } from '../test/e2e/stack/shared-pool.js';
import { Stack } from '../test/e2e/stack/stack.js';
import { FakeHost } from '../test/fleet/fake-host.js';
import type { Bench } from './bench.js';
import { type BareTemplate, commandLineOf, startBare } from './measure/bare-qemu.js';
import { spread, timed } from './measure/median.js';

const KILLS = 7;
const LOST_EVENTS = 5;
const GOALS_MS = {
  noticed: 20,
  runningMoreThanBare: 50,
  lostEvent: 2 * TIMERS.heartbeat,
  unknown: 15_000,
  orphanProcess: 60_000,
  orphanDisk: 60_000,
  halfFinished: 30_000,
  failover: 60_000,
};
const spec = (name: string) => ({ name, memoryMiB: 64, disks: [{ sizeGiB: 1 }] });

export const coherence: Bench = {
  name: 'coherence',
  what: 'a killed QEMU, a lost event, a silent host, orphans, a half-finished operation and a frozen host: noticed and mended',
  goal: `noticed <= 20 ms; running <= bare + 50 ms; lost event <= 2 heartbeats; unknown <= 15 s; orphans <= 60 s; resumed <= 30 s; failover <= 60 s`,
  async run(say) {
    const figures: Record<string, number> = { ...(await ofOneHost()), ...(await ofTwoHosts()) };
    for (const [key, value] of Object.entries(figures)) {
      const goal = GOALS_MS[key as keyof typeof GOALS_MS];
      say(
        `${key.padEnd(20)} ${String(Math.round(value * 10) / 10).padStart(8)} ms${goal ? `  (goal ${goal} ms)` : ''}`,
      );
    }
    const rounded = Object.fromEntries(
      Object.entries(figures).map(([key, ms]) => [`${key}Ms`, Math.round(ms * 10) / 10]),
    );
    const holds = Object.entries(GOALS_MS).every(
      ([key, goal]) => (figures[key] ?? Number.POSITIVE_INFINITY) <= goal,
    );
    return { figures: rounded, holds };
  },
};

async function ofOneHost(): Promise<Record<string, number>> {
  const stack = await Stack.start({ logLevel: 'warn', judge: () => {} });
  try {
    const figures: Record<string, number> = { ...(await killed(stack)), lostEvent: await lostEvent(stack) };
    figures.orphanProcess = await orphanProcess(stack);
    figures.orphanDisk = await orphanDisk(stack);
    figures.halfFinished = await halfFinished(stack);
    figures.unknown = await silentHost(stack);
    return figures;
  } finally {
    await stack.stop();
  }
}

/** The agent of the VM's host freezes: its watchdog ends the guest, and the other host has it once the lease is over. */
async function ofTwoHosts(): Promise<Record<string, number>> {
  const shared = await SharedPool.start();
  try {
    const [old, next] = await shared.hosts();
    await shared.runsOn(old);
    const [pid] = shared.pids;
    let fenced = 0;
    const failover = await timed(async () => {
      old.operator.freeze();
      fenced = await timed(async () => {
        const gone = () => !shared.pids.includes(pid ?? 0);
        await waitFor(gone, {
          timeoutMs: 60_000,
          everyMs: 20,
          what: 'the guest of the frozen agent is ended',
        });
      });
      await shared.runsOn(next);
    });
    old.operator.thaw();
    await shared.letGo(old);
    if (shared.overlaps.most > 1) throw new Error('the VM ran twice');
    return { fenced, failover };
  } finally {
    await shared.stop();
  }
}

async function create(stack: Stack, name: string): Promise<VmView> {
  return (await stack.api.ask<{ vm: VmView }>('POST', '/v1/vms', spec(name), { prefer: 'wait=60' })).vm;
}

const remove = (stack: Stack, vm: VmView) =>
  stack.api.ask('DELETE', `/v1/vms/${vm.id}`, undefined, { prefer: 'wait=60' });

/** SIGKILL of QEMU; the times are those that the API tells. */
async function killed(
  stack: Stack,
): Promise<{ bare: number; noticed: number; running: number; runningMoreThanBare: number }> {
  const [bare, noticed, running]: [number[], number[], number[]] = [[], [], []];
  for (let round = 0; round < KILLS; round++) {
    const vm = await create(stack, `killed-${round}`);
    const pid = stack.pidsOf(vm.id)[0] ?? 0;
    bare.push(await timed(async () => void (await startBare(commandLineOf(pid), stack.folder)).stop()));
    const killedAt = Date.now();
    process.kill(pid, 'SIGKILL');
    const repair = await waitFor(
      async () => (await stack.api.operationsOf(vm.id)).find((it) => it.kind === 'vm.repair'),
      { timeoutMs: 20_000, everyMs: 20, what: 'the repair is there' },
    );
    const done = await stack.api.finished(repair);
    noticed.push(Date.parse(done.detectedAt ?? '') - killedAt);
    running.push(Date.parse(done.finishedAt ?? '') - killedAt);
    await remove(stack, vm);
  }
  const medians = {
    bare: spread(bare).median,
    noticed: spread(noticed).median,
    running: spread(running).median,
  };
  return { ...medians, runningMoreThanBare: medians.running - medians.bare };
}

/** Its host says nothing of the end; the next heartbeats do. */
async function lostEvent(stack: Stack): Promise<number> {
  const bus = await Bus.connect({ url: stack.nats.url, name: 'fake', logger: silentLogger });
  const fake = new FakeHost(bus, randomUUID(), 'fake');
  fake.start();
  try {
    await stack.untilHostIsKnown(2);
    await stack.api.ask('POST', `/v1/hosts/${stack.hosts[0]?.id}/cordon`);
    const times: number[] = [];
    for (let round = 0; round < LOST_EVENTS; round++) {
      const vm = await create(stack, `lost-${round}`);
      times.push(
        await timed(async () => {
          const repaired = new Promise<void>((resolve) => {
            fake.onRepair = () => resolve();
          });
          fake.killUnheard(vm.id);
          await repaired;
        }),
      );
      await remove(stack, vm);
    }
    // What comes next goes to the host with QEMU.
    await stack.api.ask('POST', `/v1/hosts/${fake.hostId}/cordon`);
    await stack.api.ask('POST', `/v1/hosts/${stack.hosts[0]?.id}/uncordon`);
    return spread(times).max;
  } finally {
    await fake.stop();
    await bus.close();
  }
}

async function orphanProcess(stack: Stack): Promise<number> {
  const vm = await create(stack, 'original');
  const template: BareTemplate = commandLineOf(stack.pidsOf(vm.id)[0] ?? 0);
  const copy = await startBare(template, stack.folder);
  const ms = await timed(() => untilDrift(stack, 'orphan-process'));
  await copy.stop();
  await remove(stack, vm);
  return ms;
}

async function orphanDisk(stack: Stack): Promise<number> {
  const vm = await create(stack, 'with-disk');
  const disks = join(stack.hosts[0]?.storage ?? '', 'disks');
  const stray = join(disks, `${randomUUID()}.qcow2`);
  mkdirSync(disks, { recursive: true });
  copyFileSync(join(disks, `${vm.spec.disks[0]?.id}.qcow2`), stray);
  const ms = await timed(() => untilDrift(stack, 'orphan-disk'));
  rmSync(stray);
  await remove(stack, vm);
  return ms;
}

async function untilDrift(stack: Stack, kind: string): Promise<void> {
  await waitFor(
    async () => {
      const { items } = await stack.api.ask<{ items: { kind: string }[] }>('GET', '/v1/drifts?state=present');
      return items.some((it) => it.kind === kind);
    },
    { timeoutMs: 120_000, everyMs: 100, what: `${kind} is listed` },
  );
}

/** The operator dies between a spawn and the saved pid; the time counts from its return. */
async function halfFinished(stack: Stack): Promise<number> {
  await stack.operator.end('SIGTERM');
  stack.operator.start({ VMAN_FAILPOINTS: 'operator.launch.spawned=crash' });
  await stack.operator.ready();
  const { vm, operation } = await stack.api.ask<{ vm: VmView; operation: OperationView }>(
    'POST',
    '/v1/vms',
    spec('half'),
  );
  await stack.operator.gone();
  stack.operator.start();
  await stack.operator.ready();
  const ms = await timed(() => stack.api.finished(operation));
  await remove(stack, vm);
  return ms;
}

async function silentHost(stack: Stack): Promise<number> {
  const vm = await create(stack, 'silent');
  stack.operator.freeze();
  const ms = await timed(() => stack.api.untilState(vm.id, 'unknown', 60_000));
  stack.operator.thaw();
  await stack.api.untilState(vm.id, 'running');
  await remove(stack, vm);
  return ms;
}
