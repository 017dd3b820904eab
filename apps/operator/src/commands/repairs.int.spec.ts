import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import { loadConfig } from '#libs/config';
import { type DesiredVm, type RepairEvent, repairEventCodec, subjects } from '#libs/contracts';
import { createLogger } from '#libs/logging';
import { expectNoLeftovers, waitFor } from '#libs/testing';
import { later, TestHost } from '../../../../test/operator/test-host.js';
import { findVmProcesses } from '../runtime/proc.js';
import { type StartedOperator, startOperator } from '../start-operator.js';

const leftovers = expectNoLeftovers('or');
let host: TestHost;
let started: StartedOperator;
const told: RepairEvent[] = [];

beforeAll(async () => {
  host = await TestHost.start(leftovers.folder);
  host.bus.subscribe(subjects.event(host.hostId, 'repair'), repairEventCodec, (it) => void told.push(it));
  const config = loadConfig('operator', { argv: [], env: host.env });
  started = await startOperator(config, createLogger({ service: 'operator', level: 'silent' }));
});

afterAll(async () => {
  await started?.app.close();
  await host?.stop();
  await leftovers.check({ allowed: ['s/'] });
});

async function running(fields: Partial<DesiredVm> = {}): Promise<DesiredVm> {
  const vm = host.vm(fields);
  await host.send(vm);
  await host.settled(vm, 'running');
  return vm;
}

const pidsOf = async (vm: DesiredVm) =>
  (await findVmProcesses()).filter((it) => it.vmId === vm.vmId).map((it) => it.identity.pid);
const value = (generation: number) => ({
  repairId: uuidv7(),
  rule: 'should-not-run' as const,
  generation,
  epoch: 1,
});

describe('a repair of the observer', () => {
  it('ends a QEMU of a VM that is off, which somebody started behind the operator', async () => {
    const vm = await running();
    const [pid] = await pidsOf(vm);
    const [program, ...args] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1);
    const off = later(vm, { power: 'stopped' });
    await host.send(off);
    await host.settled(off, 'stopped');
    mkdirSync(dirname(args[args.indexOf('-pidfile') + 1] ?? ''), { recursive: true });
    spawn(program ?? '', args, { detached: true, stdio: 'ignore' }).unref();
    await waitFor(async () => (await pidsOf(vm)).length === 1, { what: 'the stranger runs' });
    const { operationId } = await host.command(off, { $case: 'converge', value: value(off.generation) });
    expect((await host.answer(operationId)).status).toBe('succeeded');
    await waitFor(async () => (await pidsOf(vm)).length === 0, { what: 'it is ended' });
    await host.remove(off);
  }, 40_000);

  it('for an older generation is refused', async () => {
    const vm = await running({ generation: 5 });
    const { operationId } = await host.command(
      vm,
      { $case: 'converge', value: value(4) },
      { minGeneration: 4 },
    );
    expect((await host.answer(operationId)).failure?.code).toBe('superseded');
    await host.remove(vm);
  });

  it('stops a copy whose VM runs elsewhere with a newer generation, and nothing starts it again', async () => {
    const vm = await running();
    const [pid] = await pidsOf(vm);
    const copy = (newerGeneration: number) => ({
      $case: 'stopCopy' as const,
      value: { repairId: uuidv7(), rule: 'duplicate-vm' as const, newerGeneration, epoch: 1 },
    });
    const refused = await host.command(vm, copy(vm.generation), { minGeneration: 0 });
    expect((await host.answer(refused.operationId)).failure?.code).toBe('superseded');
    expect(await pidsOf(vm)).toEqual([pid]);
    const stopped = await host.command(vm, copy(vm.generation + 1), { minGeneration: 0 });
    expect((await host.answer(stopped.operationId)).status).toBe('succeeded');
    expect(await pidsOf(vm)).toEqual([]);
    const again = await host.command(vm, { $case: 'converge', value: value(vm.generation) });
    await host.answer(again.operationId);
    expect(await pidsOf(vm)).toEqual([]);
    expect(host.row(vm.vmId)).toMatchObject({ state: 'stopped', lastExit: { reason: 'requested' } });
    await host.remove(vm);
  });

  it('hears of a disk file that is gone, and of one that nobody holds', async () => {
    const diskId = uuidv7();
    const vm = await running({ disks: [{ diskId, bootOrder: 0, sizeBytes: 1 << 20, readOnly: false }] });
    const off = later(vm, { power: 'stopped' });
    await host.send(off);
    await host.settled(off, 'stopped');
    const fileOf = (id: string) => join(leftovers.folder, 's', 'disks', `${id}.qcow2`);
    const strayId = uuidv7();
    renameSync(fileOf(diskId), fileOf(strayId));
    const missed = () => host.row(vm.vmId)?.missingDisks?.diskIds.includes(diskId);
    await waitFor(missed, { timeoutMs: 40_000, what: 'its disk is missed' });
    const strays = () => host.beats.at(-1)?.strayDisks?.disks.map((it) => it.diskId);
    const only = (ids: string[]) => () => strays()?.join() === ids.join();
    await waitFor(only([strayId]), { timeoutMs: 40_000, what: 'the file that nobody holds is told, alone' });
    rmSync(fileOf(strayId));
    await waitFor(only([]), { timeoutMs: 40_000, what: 'no file is told any more' });
    await host.remove(off);
  }, 150_000);
});

describe('a host on its own', () => {
  it('restarts what crashed, and tells it as a repair under the name that an observer would give it', async () => {
    const vm = await running();
    const [pid] = await pidsOf(vm);
    host.blind();
    process.kill(pid ?? 0, 'SIGKILL');
    const event = await waitFor(() => told.find((it) => it.vmId === vm.vmId), { what: 'the repair is told' });
    expect(event).toMatchObject({ origin: 'system', action: 'restart', rule: 'crashed', exitSeq: 1 });
    await waitFor(async () => (await pidsOf(vm)).length === 1, { what: 'it runs again' });
    host.observe();
    await host.remove(vm);
  }, 40_000);
});
