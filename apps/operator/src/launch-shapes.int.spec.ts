import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import { loadConfig } from '#libs/config';
import { type DesiredVm, type Machine, planReplyCodec, planRequestCodec, subjects } from '#libs/contracts';
import { createLogger } from '#libs/logging';
import { findOvmf, probeBinary } from '#libs/qemu';
import { expectNoLeftovers, waitFor } from '#libs/testing';
import { later, TestHost } from '../../../test/operator/test-host.js';
import { ensureOvmf } from '../../../tools/provision/ovmf.mjs';
import { type StartedOperator, startOperator } from './start-operator.js';
import { readJson, writeJson } from './storage/json-file.js';
import type { ProcessRecord, StatusRecord } from './storage/vm-records.js';

jest.setTimeout(60_000);

const leftovers = expectNoLeftovers('ls');
let host: TestHost;
let started: StartedOperator | undefined;

beforeAll(async () => {
  host = await TestHost.start(leftovers.folder);
});

afterEach(async () => {
  host.observe();
  await stop();
});

afterAll(async () => {
  await host?.stop();
  await leftovers.check({ allowed: ['s/', 'ovmf/'] });
});

async function start(extra: Record<string, string> = {}): Promise<void> {
  const config = loadConfig('operator', { argv: [], env: { ...host.env, ...extra } });
  const level = process.env.VMAN_TEST_LOG ? 'debug' : 'silent';
  started = await startOperator(config, createLogger({ service: 'operator', level }));
}

async function stop(): Promise<void> {
  await started?.app.close();
  started = undefined;
}

const at = (...parts: string[]) => join(leftovers.folder, ...parts);
const inFolderOf = (vm: DesiredVm, name: string) => at('s/vms', vm.vmId, name);

/** The words that its QEMU was started with. */
function argumentsOf(vm: DesiredVm): string[] {
  const [pid] = host.qemus(vm.vmId);
  return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
}

const argumentAfter = (vm: DesiredVm, option: string) => {
  const words = argumentsOf(vm);
  return words[words.indexOf(option) + 1] ?? '';
};

function shaped(machine: Partial<Machine>, fields: Partial<DesiredVm> = {}): DesiredVm {
  const vm = host.vm(fields);
  return { ...vm, machine: { ...vm.machine, ...machine } };
}

async function run(vm: DesiredVm): Promise<DesiredVm> {
  await host.send(vm);
  await host.settled(vm, 'running');
  return vm;
}

async function restart(vm: DesiredVm, fields: Partial<DesiredVm> = {}): Promise<DesiredVm> {
  return run(later(vm, { startGeneration: vm.generation + 1, ...fields }));
}

/** Reads the status, changes it and writes it back, while no operator runs. */
async function rewriteStatus(vm: DesiredVm, change: Partial<StatusRecord>): Promise<void> {
  const path = inFolderOf(vm, 'status.json');
  await writeJson(path, { ...(await readJson<StatusRecord>(path)), ...change });
}

describe('a machine', () => {
  it.each(['q35', 'pc', 'microvm'] as const)('of type %s runs', async (type) => {
    await start();
    const vm = await run(shaped({ type, watchdog: 'reset' }));
    expect(argumentAfter(vm, '-machine')).toContain(type === 'pc' ? 'pc-i440fx-' : type);
    expect(argumentAfter(vm, '-action')).toBe('watchdog=reset');
    await host.remove(vm);
  });

  it('is pinned by the first start, and kept by a reboot and by the next operator', async () => {
    await start();
    const newest = (await probeBinary('qemu-system-x86_64')).machines.find(
      (it) => it.name === 'q35',
    )?.aliasOf;
    const vm = await run(shaped({}));
    expect(argumentAfter(vm, '-machine')).toContain(`${newest},`);
    await stop();
    await rewriteStatus(vm, { machine: { type: 'q35', version: '6.2' } });
    await start();
    const again = await restart(vm);
    expect(argumentAfter(again, '-machine')).toContain('pc-q35-6.2,');
    const moved = await restart(again, { machine: { ...vm.machine, type: 'pc' } });
    expect(argumentAfter(moved, '-machine')).toContain(newest?.replace('q35', 'i440fx'));
    await host.remove(moved);
  });

  it('that its QEMU no longer has is refused, not replaced by another', async () => {
    await start();
    const vm = await run(shaped({}));
    await stop();
    await rewriteStatus(vm, { machine: { type: 'q35', version: '1.1' } });
    await start();
    const again = later(vm, { startGeneration: vm.generation + 1 });
    await host.send(again);
    const failed = await host.settled(again, 'failed');
    expect(failed.failure).toMatchObject({
      code: 'unsupported',
      message: expect.stringContaining('pc-q35-1.1'),
    });
    await host.remove(again);
  });

  it('with a screen serves VNC on a unix socket alone', async () => {
    await start();
    const vm = await run(shaped({ vnc: true }));
    const socket = at('r', vm.vmId.slice(-12), 'vnc.sock');
    expect(argumentAfter(vm, '-vnc')).toBe(`unix:${socket}`);
    const greeting = await new Promise<string>((resolve, reject) => {
      const client = createConnection(socket).once('error', reject);
      client.once('data', (data) => {
        client.destroy();
        resolve(String(data));
      });
    });
    expect(greeting).toMatch(/^RFB 003\./);
    const without = later(vm, { machine: { ...vm.machine, vnc: false, watchdog: 'poweroff' } });
    await host.send(without);
    const waiting = await host.rowWhere(vm.vmId, 'both wait', (row) => row.restartRequired.length === 2);
    expect(waiting.restartRequired).toEqual(['vnc', 'watchdog']);
    const plain = await restart(without);
    expect(argumentsOf(plain)).not.toContain('-vnc');
    await host.remove(plain);
  });
});

describe('UEFI', () => {
  it('that is not on the host is refused with the name of its package, by a dry run too', async () => {
    mkdirSync(at('ovmf'), { recursive: true });
    await start({ VMAN_OVMF_PATH: at('ovmf') });
    const vm = shaped({ firmware: 'uefi' });
    await host.send(vm);
    const failed = await host.settled(vm, 'failed');
    expect(failed.failure).toMatchObject({ code: 'unsupported', message: expect.stringContaining('ovmf') });
    const subject = subjects.hostRpc(host.hostId, 'plan');
    const plan = await host.bus.request(subject, planRequestCodec, { desired: vm }, planReplyCodec, 2000);
    expect(plan.errorCode).toBe('unsupported');
    await host.remove(vm);
  });

  it('runs its firmware, and keeps the variables of the VM over restarts until it is deleted', async () => {
    const folder = await ensureOvmf().catch((error: Error) => error);
    if (folder instanceof Error) {
      console.warn(`skipped: OVMF is not here and cannot be fetched: ${folder.message}`);
      return;
    }
    const { varsTemplatePath } = await findOvmf(folder);
    await start({ VMAN_OVMF_PATH: folder });
    const vm = await run(shaped({ firmware: 'uefi', memoryMib: 256 }));
    const variables = inFolderOf(vm, 'uefi-vars.fd');
    const said = () => readFileSync(inFolderOf(vm, 'serial.log'), 'latin1');
    await waitFor(() => said().includes('BdsDxe'), { timeoutMs: 40_000, what: 'the firmware speaks' });
    expect(statSync(variables).mode & 0o777).toBe(0o600);
    expect(readFileSync(variables).equals(readFileSync(varsTemplatePath))).toBe(false);
    const stopped = later(vm, { power: 'stopped' });
    await host.send(stopped);
    await host.settled(stopped, 'stopped');
    const kept = readFileSync(variables);
    writeFileSync(variables, kept.fill(0xff, kept.length - 16));
    const again = await restart(stopped, { power: 'running' });
    expect(readFileSync(variables).subarray(-16)).toEqual(Buffer.alloc(16, 0xff));
    await host.remove(again);
    expect(existsSync(variables)).toBe(false);
  });
});

describe('a host that was rebooted', () => {
  const priorities = [0, 700, 3, 1000, 3];

  /** All QEMUs die with the operator, and the boot id is another one. */
  async function rebootHost(vms: DesiredVm[]): Promise<void> {
    await stop();
    for (const vm of vms) for (const pid of host.qemus(vm.vmId)) process.kill(pid, 'SIGKILL');
    await waitFor(() => vms.every((vm) => host.qemus(vm.vmId).length === 0), { what: 'all are dead' });
    const bootId = uuidv7();
    for (const vm of vms) {
      const path = inFolderOf(vm, 'process.json');
      const record = (await readJson<ProcessRecord>(path)) as ProcessRecord;
      const identity = record.identity && { ...record.identity, bootId };
      await writeJson(path, { ...record, bootId, identity });
    }
  }

  async function launchedAt(vm: DesiredVm): Promise<number> {
    return (await readJson<ProcessRecord>(inFolderOf(vm, 'process.json')))?.launchedAtMs ?? 0;
  }

  async function startedInOrder(vms: DesiredVm[]): Promise<number[]> {
    const times = await Promise.all(
      vms.map(async (vm) => ({ priority: vm.bootPriority ?? 0, at: await launchedAt(vm) })),
    );
    return times.sort((a, b) => a.at - b.at).map((it) => it.priority);
  }

  it.each(['an observer decides in the wrong order', 'the operator is alone'])(
    'starts what ran before by its priority, no two at once, when %s',
    async (who) => {
      await start();
      const vms = await Promise.all(priorities.map((bootPriority) => run(host.vm({ bootPriority }))));
      const never = { policy: 'never', maxRetries: 0, windowSeconds: 1 } as const;
      const leftAlone = await run(host.vm({ bootPriority: 900, restart: never }));
      await rebootHost([...vms, leftAlone]);
      const observed = who.startsWith('an observer');
      if (!observed) host.blind();
      await start({ VMAN_OPERATOR_STARTS: '1' });
      for (const vm of observed ? vms : []) {
        await host.rowWhere(vm.vmId, 'its end is told', (row) => row.lastExit?.reason === 'host-reboot');
        await host.repair(vm, 1);
      }
      await Promise.all(
        vms.map((vm) =>
          host.rowWhere(
            vm.vmId,
            'it runs again',
            (row) => row.state === 'running' && row.repairedExitSeq === 1,
            25_000,
          ),
        ),
      );
      expect(await startedInOrder(vms)).toEqual([1000, 700, 3, 3, 0]);
      expect(host.qemus(leftAlone.vmId)).toEqual([]);
      await Promise.all([...vms, leftAlone].map((vm) => host.remove(vm)));
      expect(readdirSync(at('r'))).toEqual([]);
    },
  );
});
