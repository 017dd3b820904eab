import { dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { GuestExecView, OperationView, TemplateChangeView } from '#libs/contracts/http';
import { waitFor } from '#libs/testing';
import { ensureGuestImage } from '../../tools/provision/guest.mjs';
import type { VmAndOperation } from './stack/api.js';
import { Stack } from './stack/stack.js';

const BOOT_MS = 120_000;
const SEEN_MS = 30_000;
const DIED_MS = 30_000;
const CASE_MS = 180_000;
const SMALL_MIB = 384;
const LARGE_MIB = SMALL_MIB + 256;

describe('an operator that is killed while a guest lets go of its hardware', () => {
  let stack: Stack;
  let id: string;
  let pid: number;

  const vm = () => stack.api.vm(id);
  /** What the guest itself says. */
  const inside = async (script: string) => {
    const body = { path: '/bin/sh', arguments: ['-c', script], timeoutSeconds: 20 };
    return (await stack.api.ask<GuestExecView>('POST', `/v1/vms/${id}/guest/exec`, body)).stdout;
  };
  const count = async (what: string) => Number(await inside(`ls -d ${what} 2>/dev/null | wc -l`));
  const disksInside = () => count('/sys/block/vd?');
  const nicsInside = () => count('/sys/class/net/*/device');
  const memoryInside = () => count('/sys/devices/system/memory/memory*');
  const until = (what: string, check: () => Promise<unknown>) =>
    waitFor(check, { timeoutMs: SEEN_MS, everyMs: 200, what });
  const untilAgent = () =>
    waitFor(async () => (await inside('echo here')) === 'here\n', {
      timeoutMs: BOOT_MS,
      everyMs: 500,
      what: 'the agent answers',
    });

  const ask = async (method: string, path: string, body?: object): Promise<OperationView> =>
    (await stack.api.ask<VmAndOperation>(method, `/v1/vms/${id}${path}`, body)).operation;
  const change = async (method: string, path: string, body?: object): Promise<OperationView> =>
    stack.api.finished(await ask(method, path, body));

  /** The operator dies at `point` of that change, and the next one goes on; how the change ended. */
  const killedAt = async (point: string, method: string, path: string, body?: object) => {
    await stack.operator.end('SIGKILL');
    stack.operator.start({ VMAN_FAILPOINTS: `${point}=crash` });
    await stack.operator.ready();
    const operation = await ask(method, path, body);
    await waitFor(() => !stack.operator.running, {
      timeoutMs: DIED_MS,
      what: `the operator dies at ${point}`,
    });
    expect(stack.operator.signal).toBe('SIGKILL');
    stack.operator.start();
    await stack.operator.ready();
    return stack.api.finished(operation);
  };
  /** The guest runs on in its process, its host is where it should be, and a further change finds nothing to do. */
  const expectNothingLeft = async () => {
    const labels = { touched: String(performance.now()) };
    expect(await change('PATCH', '', { labels })).toMatchObject({ status: 'succeeded', steps: [] });
    const { status } = await vm();
    expect(status).toMatchObject({ state: 'running', pid });
    expect(status.conditions.find((it) => it.type === 'RestartRequired')?.message).toBe('');
    expect(stack.pidsOf(id)).toEqual([pid]);
  };

  beforeAll(async () => {
    const image = await ensureGuestImage();
    stack = await Stack.start({ importPath: dirname(image.path) });
    const { operation } = await stack.api.ask<TemplateChangeView>('POST', '/v1/templates', {
      name: 'demo',
      format: image.format,
      source: { type: 'file', path: image.path.split('/').at(-1) },
    });
    await stack.api.finished(operation);
    const created = await stack.api.createVm({
      name: 'killed-hot',
      template: 'demo',
      memoryMiB: SMALL_MIB,
      maxMemoryMiB: 1024,
      nics: [{}],
    });
    id = created.vm.id;
    expect((await stack.api.finished(created.operation)).status).toBe('succeeded');
    pid = stack.pidsOf(id)[0]!;
    await untilAgent();
  }, 300_000);
  afterAll(() => stack?.stop(), 60_000);

  it.each(['operator.detach-disk.before', 'operator.detach-disk.unplugged', 'operator.detach-disk.after'])(
    '%s: the disk is gone from the guest and its file from the host',
    async (point) => {
      expect((await change('POST', '/disks', { sizeGiB: 1 })).status).toBe('succeeded');
      await until('the guest sees the disk', async () => (await disksInside()) === 2);
      const data = (await vm()).spec.disks[1]!;
      expect(await killedAt(point, 'DELETE', `/disks/${data.id}`)).toMatchObject({ status: 'succeeded' });
      await until('the guest lost it', async () => (await disksInside()) === 1);
      await until('its file is removed', async () => stack.filesOf(data.id).length === 0);
      expect((await vm()).spec.disks).toHaveLength(1);
      await expectNothingLeft();
    },
    CASE_MS,
  );

  it.each(['operator.detach-nic.before', 'operator.detach-nic.after'])(
    '%s: the NIC is gone from the guest and nobody listens for it',
    async (point) => {
      expect((await change('POST', '/nics', { portForwards: [{ guestPort: 80 }] })).status).toBe('succeeded');
      await until('the guest sees the NIC', async () => (await nicsInside()) === 2);
      const nic = (await vm()).spec.nics[1]!;
      expect(await killedAt(point, 'DELETE', `/nics/${nic.id}`)).toMatchObject({ status: 'succeeded' });
      await until('the guest lost it', async () => (await nicsInside()) === 1);
      expect((await vm()).spec.nics).toHaveLength(1);
      await expect(fetch(`http://127.0.0.1:${nic.portForwards[0]!.hostPort}`)).rejects.toThrow(
        'fetch failed',
      );
      await expectNothingLeft();
    },
    CASE_MS,
  );

  it.each([
    'operator.remove-memory.before',
    'operator.remove-memory.unplugged',
    'operator.remove-memory.after',
  ])(
    '%s: the memory is gone from the guest',
    async (point) => {
      const before = await memoryInside();
      expect((await change('PATCH', '', { memoryMiB: LARGE_MIB })).status).toBe('succeeded');
      await until('the guest sees the memory', async () => (await memoryInside()) === before + 2);
      expect(await killedAt(point, 'PATCH', '', { memoryMiB: SMALL_MIB })).toMatchObject({
        status: 'succeeded',
      });
      await until('the guest lost it', async () => (await memoryInside()) === before);
      expect((await vm()).status.plugged).toMatchObject({ memoryMiB: SMALL_MIB });
      await expectNothingLeft();
    },
    CASE_MS,
  );

  it.each(['operator.ask-guest-off.before', 'operator.ask-guest-off.after'])(
    '%s: the guest shuts down by itself, and starts again',
    async (point) => {
      expect(await killedAt(point, 'POST', '/shutdown', {})).toMatchObject({ status: 'succeeded' });
      const stopped = await stack.api.untilState(id, 'stopped');
      expect(stopped.status.lastExit).toMatchObject({ reason: 'requested' });
      expect(stack.pidsOf(id)).toEqual([]);
      expect((await change('POST', '/start')).status).toBe('succeeded');
      pid = stack.pidsOf(id)[0]!;
      await untilAgent();
      await expectNothingLeft();
    },
    CASE_MS,
  );
});
