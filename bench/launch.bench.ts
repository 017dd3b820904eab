import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OperationView, VmView } from '#libs/contracts/http';
import { Stack } from '../test/e2e/stack/stack.js';
import { commandLineOf, startBare } from './measure/bare-qemu.js';
import { type Spread, spread, timed } from './measure/median.js';
import type { Bench, BenchResult } from './run-bench.js';

const ROUNDS = 15;
const spec = (name: string) => ({ name, memoryMiB: 256, disks: [{ sizeGiB: 1 }] });

/** From request to running, and from request to off, beside a bare QEMU with the same command line. */
export const launch: Bench = {
  name: 'launch',
  what: 'create, start and stop through the API beside bare QEMU',
  goal: 'create <= 1.3x, start <= 1.2x of bare QEMU, stop <= 15 ms more',
  async run(say): Promise<BenchResult> {
    const stack = await Stack.start({ logLevel: 'info' });
    try {
      return await measure(stack, say);
    } finally {
      await stack.stop();
    }
  },
};

async function measure(stack: Stack, say: (line: string) => void): Promise<BenchResult> {
  const { api } = stack;
  const whole = async (method: string, path: string, body?: object) => {
    const { operation, vm } = await api.ask<{ operation: OperationView; vm: VmView }>(method, path, body, {
      prefer: 'wait=30',
    });
    if (operation.status !== 'succeeded') throw new Error(`${operation.kind}: ${operation.error?.message}`);
    return vm;
  };
  const first = await whole('POST', '/v1/vms', spec('model'));
  const template = commandLineOf(stack.pidsOf(first.id)[0] ?? 0);
  const folder = mkdtempSync(join(tmpdir(), 'vb-'));
  const times: Record<'bare' | 'create' | 'start' | 'stop' | 'bareStop', number[]> = {
    bare: [],
    create: [],
    start: [],
    stop: [],
    bareStop: [],
  };
  for (let round = 0; round < ROUNDS + 2; round++) {
    const counted = round >= 2;
    const note = (key: keyof typeof times, ms: number) => counted && times[key].push(ms);
    let stopBare = async () => {};
    note('bare', await timed(async () => (stopBare = (await startBare(template, folder)).stop)));
    note('bareStop', await timed(() => stopBare()));
    let vm = first;
    note('create', await timed(async () => (vm = await whole('POST', '/v1/vms', spec(`bench-${round}`)))));
    note('stop', await timed(() => whole('POST', `/v1/vms/${vm.id}/stop`)));
    note('start', await timed(() => whole('POST', `/v1/vms/${vm.id}/start`)));
    await whole('DELETE', `/v1/vms/${vm.id}`);
  }
  const medians = Object.fromEntries(
    Object.entries(times).map(([key, values]) => [key, spread(values)]),
  ) as Record<keyof typeof times, Spread>;
  for (const [key, { min, median, max }] of Object.entries(medians)) {
    say(`${key.padEnd(10)} median ${median} ms (${min} to ${max})`);
  }
  const ratio = (a: Spread) => Math.round((a.median / medians.bare.median) * 100) / 100;
  const figures = {
    bareMs: medians.bare.median,
    createMs: medians.create.median,
    startMs: medians.start.median,
    createRatio: ratio(medians.create),
    startRatio: ratio(medians.start),
    stopMoreMs: Math.round((medians.stop.median - medians.bareStop.median) * 10) / 10,
  };
  return {
    figures,
    holds: figures.createRatio <= 1.3 && figures.startRatio <= 1.2 && figures.stopMoreMs <= 15,
  };
}
