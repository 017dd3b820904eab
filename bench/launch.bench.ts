import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as rest } from 'node:timers/promises';
import type { VmChangeView } from '#libs/contracts/http';
import { Stack } from '../test/e2e/stack/stack.js';
import type { Bench, BenchResult } from './bench.js';
import { commandLineOf, startBare } from './measure/bare-qemu.js';
import { besideLibvirt } from './measure/beside-libvirt.js';
import type { Libvirt } from './measure/libvirt.js';
import { type Spread, spread, timed } from './measure/median.js';
import { type Stages, StageWatch } from './measure/stages.js';

const ROUNDS = 25;
/** Not counted: what is connected only once, and what the services take until their code is compiled. */
const WARM_UP = 25;
const LIBVIRT_ROUNDS = 10;
/** Before each measurement, so that none meets what the one before has left to do. */
const REST_MS = 100;
const VERBS = ['create', 'stop', 'start'] as const;
const spec = (name: string) => ({ name, memoryMiB: 256, disks: [{ sizeGiB: 1 }] });

type Verb = (typeof VERBS)[number];
type Times = Record<Verb | 'bare' | 'bareStop', number[]>;

const WHY =
  'A bare QEMU of this size starts in 40 to 50 ms, so 1.2x leaves 8 to 10 for a whole change, and what the host does to ' +
  'start it takes as long as the bare one. Above it stand, in intel, two transactions (the change, and what the host says ' +
  'of it) of three round trips and a commit each, which waits 0.5 to 2 ms for the disk, and one that finds who asks; each ' +
  'takes 0.5 to 1 ms with the work of Node.js and Postgres, which are cold again after a rest. A create has two more, that ' +
  'reserve its host and its pool. Then two ways over the bus, 0.5 to 1 ms each; and on the host one file, durable before ' +
  'anything is done for it (1.3 ms, of which 0.5 wait for the disk), a look at what is there before and after, and once ' +
  'the guest runs it has one of the two cores. Without the commits and that file something that was accepted could be ' +
  'lost; to plan while that file is written was tried and taken back, since it saved half a millisecond and could act on ' +
  'what was never accepted. A stop has all of it around the 7 ms in which QEMU ends.';

/** From a request until its end is in the database, beside a bare QEMU with the same command line. */
export const launch: Bench = {
  name: 'launch',
  what: 'create, start and stop through the API beside bare QEMU, and where the time goes',
  goal: 'create <= 1.3x, start <= 1.2x of bare QEMU, stop <= 15 ms more',
  async run(say): Promise<BenchResult> {
    const stack = await Stack.start({ logLevel: 'info', judge: () => {} });
    const watch = await StageWatch.open(stack.nats.url, stack.database.url, stack.hosts[0]?.id ?? '');
    try {
      return await measure(stack, watch, say);
    } finally {
      await watch.close();
      await stack.stop();
    }
  },
};

async function measure(stack: Stack, watch: StageWatch, say: (line: string) => void): Promise<BenchResult> {
  const whole = async (method: string, path: string, body?: object): Promise<VmChangeView> => {
    const answer = await stack.api.ask<VmChangeView>(method, path, body, { prefer: 'wait=30' });
    const { operation } = answer;
    if (operation.status !== 'succeeded') throw new Error(`${operation.kind}: ${operation.error?.message}`);
    return answer;
  };
  const { vm: model } = await whole('POST', '/v1/vms', spec('model'));
  const template = commandLineOf(stack.pidsOf(model?.id ?? '')[0] ?? 0);
  await whole('POST', `/v1/vms/${model?.id}/stop`);
  // Below the folder of the stack, so that both write to the same disk.
  const folder = mkdtempSync(join(stack.folder, 'import', 'b'));
  const times: Times = { bare: [], bareStop: [], create: [], stop: [], start: [] };
  const stages: Record<Verb, Stages[]> = { create: [], stop: [], start: [] };
  for (let round = 0; round < ROUNDS + WARM_UP; round++) {
    const counted = round >= WARM_UP;
    const note = (key: keyof Times, ms: number) => counted && times[key].push(ms);
    let stopBare = async () => {};
    await rest(REST_MS);
    note('bare', await timed(async () => (stopBare = (await startBare(template, folder)).stop)));
    await rest(REST_MS);
    note('bareStop', await timed(() => stopBare()));
    let vmId = '';
    const change = async (verb: Verb, ask: () => Promise<VmChangeView>) => {
      await rest(REST_MS);
      const seen = await watch.during(async () => {
        const { vm, operation } = await ask();
        vmId = vm?.id ?? '';
        return { vmId, generation: vm?.generation ?? 0, operationId: operation.id };
      });
      note(verb, seen.totalMs);
      if (counted) stages[verb].push(seen.stages);
    };
    await change('create', () => whole('POST', '/v1/vms', spec(`bench-${round}`)));
    await change('stop', () => whole('POST', `/v1/vms/${vmId}/stop`));
    await change('start', () => whole('POST', `/v1/vms/${vmId}/start`));
    await whole('DELETE', `/v1/vms/${vmId}`);
  }
  const result = judge(times, stages, say);
  const { bareMs = 0 } = result.figures;
  const beside = await besideLibvirt(template, say, (libvirt) => launchByLibvirt(libvirt, bareMs, say));
  Object.assign(result.figures, beside);
  return result;
}

async function launchByLibvirt(
  libvirt: Libvirt,
  bareMs: number,
  say: (line: string) => void,
): Promise<Record<string, number>> {
  const { call, start, stop } = await libvirt.measure(LIBVIRT_ROUNDS);
  const libvirtStartMs = spread(start).median;
  const libvirtRatio = Math.round((100 * libvirtStartMs) / bareMs) / 100;
  const more = `each with a call of virsh, ${spread(call).median} ms by itself`;
  say(`libvirt start ${libvirtStartMs} ms, ${libvirtRatio}x bare; stop ${spread(stop).median} ms; ${more}`);
  return { libvirtStartMs, libvirtStopMs: spread(stop).median, libvirtRatio };
}

function judge(times: Times, stages: Record<Verb, Stages[]>, say: (line: string) => void): BenchResult {
  const medians = Object.fromEntries(
    Object.entries(times).map(([key, values]) => [key, spread(values)]),
  ) as Record<keyof Times, Spread>;
  for (const key of ['bare', 'bareStop', ...VERBS] as const) {
    const { min, median, max } = medians[key];
    say(`${key.padEnd(34)} median ${median.toFixed(1)} ms (${min} to ${max})`);
    if (key === 'bare' || key === 'bareStop') continue;
    for (const [stage, ms] of mediansOf(stages[key])) say(`  ${stage.padEnd(34)} ${ms.toFixed(1)} ms`);
  }
  const ratio = (a: Spread) => Math.round((a.median / medians.bare.median) * 100) / 100;
  const figures = {
    bareMs: medians.bare.median,
    createMs: medians.create.median,
    startMs: medians.start.median,
    stopMs: medians.stop.median,
    createRatio: ratio(medians.create),
    startRatio: ratio(medians.start),
    stopMoreMs: Math.round((medians.stop.median - medians.bareStop.median) * 10) / 10,
  };
  return {
    figures,
    why: WHY,
    holds: figures.createRatio <= 1.3 && figures.startRatio <= 1.2 && figures.stopMoreMs <= 15,
  };
}

function mediansOf(all: Stages[]): [string, number][] {
  const names = [...new Set(all.flatMap((stages) => Object.keys(stages)))];
  return names.map((name) => [name, spread(all.map((stages) => stages[name] ?? 0)).median]);
}
