import { dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type {
  GuestExecView,
  SnapshotChangeView,
  SnapshotListView,
  SnapshotView,
  TemplateChangeView,
  VmChangeView,
} from '#libs/contracts/http';
import { waitFor } from '#libs/testing';
import { ensureGuestImage } from '../../tools/provision/guest.mjs';
import { Stack } from './stack/stack.js';

const BOOT_MS = 120_000;
/** A wait that is in vain ends before the test does, so that it can say what it waited for. */
const CLONE_MS = 2 * BOOT_MS;

describe('snapshots of a guest that runs', () => {
  let stack: Stack;
  let id: string;

  const shell = async (vm: string, script: string): Promise<string> => {
    const body = { path: '/bin/sh', arguments: ['-c', script], timeoutSeconds: 30 };
    const { exitCode, stdout, stderr } = await stack.api.ask<GuestExecView>(
      'POST',
      `/v1/vms/${vm}/guest/exec`,
      body,
    );
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    return stdout.trim();
  };
  const untilConnected = async (vm: string): Promise<void> => {
    const isConnected = async () => {
      const { status } = await stack.api.vm(vm);
      return status.conditions.some((it) => it.type === 'AgentConnected' && it.status === 'true');
    };
    try {
      await waitFor(isConnected, { timeoutMs: BOOT_MS, everyMs: 50, what: 'the agent is connected' });
    } catch (cause) {
      const { status } = await stack.api.vm(vm);
      const log = await stack.api.raw(`/v1/vms/${vm}/console-log?tailBytes=2000`);
      throw new Error(`${JSON.stringify(status)}\nThe console ends with:\n${await log.text()}`, { cause });
    }
  };
  const succeeds = async ({ operation }: VmChangeView): Promise<void> => {
    expect(await stack.api.finished(operation)).toMatchObject({ status: 'succeeded' });
  };
  const take = async (name: string, fields: object): Promise<SnapshotView> => {
    const taken = await stack.api.ask<SnapshotChangeView>('POST', `/v1/vms/${id}/snapshots`, {
      name,
      ...fields,
    });
    expect(await stack.api.finished(taken.operation)).toMatchObject({ status: 'succeeded' });
    return stack.api.ask<SnapshotView>('GET', `/v1/snapshots/${taken.snapshot?.id}`);
  };
  const list = async () => {
    const { items } = await stack.api.ask<SnapshotListView>('GET', `/v1/vms/${id}/snapshots`);
    return items.map(({ name, state, current }) => ({ name, state, current }));
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
    const created = await stack.api.createVm({ name: 'guest', template: 'demo', memoryMiB: 256 });
    id = created.vm.id;
    expect((await stack.api.finished(created.operation)).status).toBe('succeeded');
    await untilConnected(id);
  }, 300_000);
  afterAll(() => stack?.stop(), 60_000);

  let boot: string;
  let whole: SnapshotView;
  let still: SnapshotView;

  it('hold the disks of a frozen guest, which is thawed at once, and the memory of a running one', async () => {
    boot = await shell(id, 'cat /proc/sys/kernel/random/boot_id');
    await shell(id, 'echo one > /data/file; echo one > /tmp/file; sync');
    still = await take('still', { freeze: 'always' });
    expect(still).toMatchObject({ state: 'ready', consistency: 'frozen', memory: false, current: true });
    await shell(id, 'echo thawed > /data/proof; sync; rm /data/proof; sync');
    whole = await take('whole', { memory: true, description: 'all of it' });
    expect(whole).toMatchObject({ state: 'ready', consistency: 'memory', parent: still.id });
    expect(whole.bytes).toBeGreaterThan(10 * 1024 ** 2);
    const again = await stack.api.send('POST', `/v1/vms/${id}/snapshots`, { name: 'whole' });
    expect(again.body).toMatchObject({ status: 409, code: 'already_exists' });
  }, 60_000);

  it('with memory lets the guest go on where it was', async () => {
    await shell(id, 'echo two > /data/file; echo two > /tmp/file; sync');
    const { operation } = await stack.api.ask<VmChangeView>('POST', `/v1/snapshots/${whole.id}/restore`, {});
    expect(await stack.api.finished(operation)).toMatchObject({ kind: 'vm.restore', status: 'succeeded' });
    await untilConnected(id);
    expect(await shell(id, 'cat /data/file /tmp/file /proc/sys/kernel/random/boot_id')).toBe(
      `one\none\n${boot}`,
    );
    expect(await list()).toEqual([
      { name: 'still', state: 'ready', current: false },
      { name: 'whole', state: 'ready', current: true },
    ]);
  }, 60_000);

  it(
    'can be copied from: the clone has the data and an identity of its own, and leaves no snapshot',
    async () => {
      await shell(id, 'echo three > /data/file; sync');
      const made = await stack.api.ask<VmChangeView>('POST', `/v1/vms/${id}/clone`, { name: 'twin' });
      expect(await stack.api.finished(made.operation)).toMatchObject({ status: 'succeeded' });
      const twin = await stack.api.vm(made.vm?.id ?? '');
      const source = await stack.api.vm(id);
      expect(twin.status.state).toBe('stopped');
      expect(twin.spec.nics[0]?.mac).not.toBe(source.spec.nics[0]?.mac);
      await succeeds(await stack.api.ask<VmChangeView>('POST', `/v1/vms/${id}/stop`));
      await succeeds(await stack.api.ask<VmChangeView>('POST', `/v1/vms/${twin.id}/start`));
      await untilConnected(twin.id);
      expect(await shell(twin.id, 'cat /data/file')).toBe('three');
      expect((await list()).map((it) => it.name)).toEqual(['still', 'whole']);
      await stack.api.finished((await stack.api.ask<VmChangeView>('DELETE', `/v1/vms/${twin.id}`)).operation);
    },
    CLONE_MS,
  );

  it('of the disks brings a stopped VM back, and is deleted without hurting the others', async () => {
    const { operation } = await stack.api.ask<VmChangeView>('POST', `/v1/snapshots/${still.id}/restore`, {});
    expect(await stack.api.finished(operation)).toMatchObject({ status: 'succeeded' });
    const gone = await stack.api.ask<SnapshotChangeView>('DELETE', `/v1/snapshots/${still.id}`);
    expect(await stack.api.finished(gone.operation)).toMatchObject({ status: 'succeeded' });
    expect(await list()).toEqual([{ name: 'whole', state: 'ready', current: false }]);
    const back = await stack.api.ask<VmChangeView>('POST', `/v1/snapshots/${whole.id}/restore`, {});
    expect(await stack.api.finished(back.operation)).toMatchObject({ status: 'succeeded' });
    await untilConnected(id);
    expect(await shell(id, 'cat /tmp/file /proc/sys/kernel/random/boot_id')).toBe(`one\n${boot}`);
  }, 60_000);
});
