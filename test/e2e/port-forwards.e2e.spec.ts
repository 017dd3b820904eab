import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { DriftListView, VmChangeView, VmView } from '#libs/contracts/http';
import { QmpClient, removeHostForward } from '#libs/qemu';
import { waitFor } from '#libs/testing';
import { Stack } from './stack/stack.js';

let stack: Stack;

beforeAll(async () => {
  stack = await Stack.start();
}, 120_000);
afterAll(() => stack?.stop(), 60_000);

/** QEMU takes the connection itself, before any guest is asked. */
async function isOpen(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  const opened = await once(socket, 'connect').then(
    () => true,
    () => false,
  );
  socket.destroy();
  return opened;
}

async function change(method: string, path: string, body?: object): Promise<VmView> {
  const { vm, operation } = await stack.api.ask<VmChangeView>(method, path, body);
  if (!vm) throw new Error('the answer shows no VM');
  const end = await stack.api.finished(operation, 30_000);
  expect([end.status, end.error]).toEqual(['succeeded', undefined]);
  return stack.api.vm(vm.id);
}

it('three ports of a running VM come, one goes and one is exchanged, and QEMU is the same process', async () => {
  let vm = await change('POST', '/v1/vms', {
    name: 'forwarded',
    memoryMiB: 32,
    disks: [{ sizeGiB: 1 }],
    nics: [{ kind: 'user' }],
  });
  const { pid } = vm.status;
  for (const guestPort of [22, 80, 443]) {
    vm = await change('POST', '/v1/port-forwards', { vm: 'forwarded', guestPort });
  }
  const [ssh, web, secure] = vm.status.portForwards;
  for (const forward of [ssh, web, secure]) expect(await isOpen(forward!.hostPort)).toBe(true);
  expect(ssh!.connect).toContain(String(ssh!.hostPort));

  vm = await change('DELETE', `/v1/port-forwards/${ssh!.id}`);
  expect(await isOpen(ssh!.hostPort)).toBe(false);
  vm = await change('DELETE', `/v1/port-forwards/${web!.id}`);
  vm = await change('POST', '/v1/port-forwards', { vm: 'forwarded', guestPort: 8080, protocol: 'tcp' });
  const ports = vm.status.portForwards.map((it) => it.guestPort).sort((a, b) => a - b);
  expect(ports).toEqual([443, 8080]);
  for (const forward of vm.status.portForwards) expect(await isOpen(forward.hostPort)).toBe(true);
  expect(vm.status.pid).toBe(pid);
}, 90_000);

it('a port that somebody closed behind VMAN’s back is found and opened again', async () => {
  const { pid, portForwards } = await stack.api.vm('forwarded').then((it) => it.status);
  const { id, spec } = await stack.api.vm('forwarded');
  const [closed, left] = portForwards;
  // QEMU hears one client: the agent is away while the port is closed.
  await stack.operator.end('SIGKILL');
  const monitor = await QmpClient.connect(join(stack.hosts[0]!.run, id.slice(-12), 'qmp.sock'));
  const { protocol, hostAddress, hostPort, guestPort } = closed!;
  expect(
    await removeHostForward(monitor, spec.nics[0]!.id, { protocol, hostAddress, hostPort, guestPort }),
  ).toBe(true);
  monitor.close();
  expect(await isOpen(hostPort)).toBe(false);
  const drift = (state: string) =>
    waitFor(
      async () => {
        const { items } = await stack.api.ask<DriftListView>('GET', `/v1/drifts?vm=${id}`);
        return items.find((it) => it.kind === 'port-forward-mismatch' && it.state === state);
      },
      { timeoutMs: 60_000, everyMs: 100, what: `the observer says that it is ${state}` },
    );
  // One that may touch nothing tells what it sees; one that may mends it as soon as it sees it.
  stack.operator.start({ VMAN_OPERATOR_DRY_RUN: 'true' });
  expect(await drift('repairing')).toMatchObject({
    expected: '2 port forwards',
    seen: '1 are missing, 0 are not wanted',
    decision: 'repair',
  });
  expect(await isOpen(hostPort)).toBe(false);
  await stack.operator.end('SIGTERM');
  stack.operator.start();
  await drift('repaired');
  expect(await isOpen(hostPort)).toBe(true);
  expect(await isOpen(left!.hostPort)).toBe(true);
  expect((await stack.api.vm(id)).status).toMatchObject({ pid, state: 'running' });
}, 120_000);
