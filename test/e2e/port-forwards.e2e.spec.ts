import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { VmChangeView, VmView } from '#libs/contracts/http';
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
