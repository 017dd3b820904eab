import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ProblemView, VmView } from '#libs/contracts/http';
import { freePort, waitFor } from '#libs/testing';
import type { VmAndOperation } from './stack/api.js';
import { Stack } from './stack/stack.js';

/** QEMU with an empty disk: its firmware finds nothing to boot, and it runs all the same. */
const bare = (name: string) => ({ name, memoryMiB: 32, disks: [{ sizeGiB: 1 }], nics: [] });

describe('what was accepted happens', () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await Stack.start();
  }, 120_000);
  afterAll(() => stack?.stop(), 60_000);

  const runs = async (vm: VmView, times = 1) => {
    const seen = await stack.api.untilState(vm.id, 'running', 60_000);
    expect(stack.pidsOf(vm.id)).toHaveLength(times);
    return seen;
  };

  it('when intel dies between its commit and the publication', async () => {
    await stack.intel.end('SIGTERM');
    stack.intel.start({ VMAN_FAILPOINTS: 'intel.after-commit=crash' });
    await stack.intel.ready();
    await stack.untilHostIsKnown();
    await expect(stack.api.createVm(bare('unpublished'))).rejects.toThrow();
    await stack.intel.gone();
    stack.intel.start();
    await stack.intel.ready();
    const page = await stack.api.ask<{ items: VmView[] }>('GET', '/v1/vms?name=unpublished');
    expect(page.items).toHaveLength(1);
    await runs(page.items[0]!);
  }, 60_000);

  it('when intel dies after the publication, and once only', async () => {
    await stack.intel.end('SIGTERM');
    stack.intel.start({ VMAN_FAILPOINTS: 'intel.after-publish=crash' });
    await stack.intel.ready();
    await stack.untilHostIsKnown();
    await stack.api.createVm(bare('published')).catch(() => undefined);
    await stack.intel.gone();
    stack.intel.start();
    await stack.intel.ready();
    const page = await stack.api.ask<{ items: VmView[] }>('GET', '/v1/vms?name=published');
    const seen = await runs(page.items[0]!);
    expect(seen.status.lastExit).toBeUndefined();
  }, 60_000);

  it('when the bus is away and comes back empty, to VMs changed meanwhile and to VMs that were not', async () => {
    const untouched = (await stack.api.createVm(bare('untouched'))).vm;
    const stopped = (await stack.api.createVm(bare('to-be-stopped'))).vm;
    await runs(untouched);
    await runs(stopped);
    await stack.nats.stop();
    const created = (await stack.api.createVm(bare('while-away'))).vm;
    const stop = await stack.api.verb(stopped.id, 'stop');
    const [pid] = stack.pidsOf(untouched.id);
    process.kill(pid!, 'SIGKILL');
    await pause(Number(process.env.VMAN_TEST_BUS_AWAY_MS ?? 3_000));
    await stack.nats.wipe();
    await stack.nats.start();
    await runs(created);
    expect((await stack.api.finished(stop.operation)).status).toBe('succeeded');
    await waitFor(() => stack.pidsOf(stopped.id).length === 0, { what: 'the stopped VM is gone' });
    await waitFor(
      () => {
        const now = stack.pidsOf(untouched.id);
        return now.length === 1 && now[0] !== pid;
      },
      { timeoutMs: 30_000, what: 'the killed VM runs again' },
    );
    await waitFor(
      async () => (await stack.api.vm(untouched.id)).status.pid === stack.pidsOf(untouched.id)[0],
      {
        timeoutMs: 30_000,
        what: 'the API knows the new process',
      },
    );
    const reboot = await stack.api.verb(untouched.id, 'reboot', { force: true });
    expect((await stack.api.finished(reboot.operation)).status).toBe('succeeded');
    await runs(untouched);
  }, 240_000);

  it('and a VM that cannot start ends as failed, with what to do, and leaves nothing', async () => {
    const port = await freePort();
    const [first, second] = ['first', 'second'].map((name) => ({
      ...bare(`port-${name}`),
      nics: [{ kind: 'user', portForwards: [{ guestPort: 80, hostPort: port, hostAddress: '127.0.0.1' }] }],
    }));
    const server = await import('node:net').then((net) => net.createServer().listen(port, '127.0.0.1'));
    await stack.untilHostIsKnown();
    const refused = await stack.api.createVm(first!);
    const operation = await stack.api.finished(refused.operation);
    expect(operation).toMatchObject({ status: 'failed', error: { code: 'port_in_use' } });
    expect(operation.error?.hint).toMatch(/port/);
    const failed = await stack.api.vm(refused.vm.id);
    expect(failed.status).toMatchObject({ state: 'failed', failure: { code: 'port_in_use' } });
    expect(stack.pidsOf(refused.vm.id)).toEqual([]);
    const taken = await stack.api.send<ProblemView>('POST', '/v1/vms', second);
    expect(taken).toMatchObject({ status: 409, body: { code: 'port_in_use' } });
    await new Promise((resolve) => server.close(resolve));
    const start = await stack.api.verb(refused.vm.id, 'start');
    expect((await stack.api.finished(start.operation)).status).toBe('succeeded');
  }, 60_000);

  it('and DELETE leaves neither process nor file', async () => {
    const page = await stack.api.ask<{ items: VmView[] }>('GET', '/v1/vms?limit=100');
    expect(page.items.length).toBeGreaterThan(4);
    for (const vm of page.items) {
      const removed = await stack.api.ask<VmAndOperation>('DELETE', `/v1/vms/${vm.id}`);
      expect((await stack.api.finished(removed.operation)).status).toBe('succeeded');
      expect(stack.pidsOf(vm.id)).toEqual([]);
      expect(stack.filesOf(vm.id, ...vm.spec.disks.map((it) => it.id))).toEqual([]);
    }
    expect((await stack.api.ask<{ items: VmView[] }>('GET', '/v1/vms')).items).toEqual([]);
  }, 120_000);
});
