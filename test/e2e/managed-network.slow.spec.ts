/**
 * A managed network as a user orders it, end to end. It makes bridges and taps, so it runs only in a network namespace
 * of its own: `unshare --net sh -c 'ip link set lo up && VMAN_TEST_OWN_NET=1 npm test -- slow test/e2e/managed-network'`.
 */
import { execFileSync } from 'node:child_process';
import { dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { GuestExecView, TemplateChangeView, VmChangeView, VmView } from '#libs/contracts/http';
import { waitFor } from '#libs/testing';
import { ensureGuestImage } from '../../tools/provision/guest.mjs';
import { Stack } from './stack/stack.js';

const ownNet = process.env.VMAN_TEST_OWN_NET === '1';
let stack: Stack;

beforeAll(async () => {
  if (!ownNet) return;
  const image = await ensureGuestImage();
  stack = await Stack.start({ importPath: dirname(image.path) });
  const { operation } = await stack.api.ask<TemplateChangeView>('POST', '/v1/templates', {
    name: 'demo',
    format: image.format,
    source: { type: 'file', path: image.path.split('/').at(-1) },
  });
  await stack.api.finished(operation);
}, 300_000);
afterAll(() => stack?.stop(), 60_000);

const vmOf = async (name: string): Promise<VmView> => {
  const { operation } = await stack.api.createVm({
    name,
    template: 'demo',
    memoryMiB: 256,
    nics: [{ kind: 'managed', network: 'lan' }],
  });
  const end = await stack.api.finished(operation, 60_000);
  expect([end.status, end.error]).toEqual(['succeeded', undefined]);
  return stack.api.ask<VmView>('GET', `/v1/vms/${name}`);
};

(ownNet ? describe : describe.skip)('two guests on a managed network', () => {
  it('have the addresses that are theirs, and reach each other', async () => {
    await stack.api.ask('POST', '/v1/networks', {
      name: 'lan',
      kind: 'managed',
      cidr: '10.77.0.0/24',
      dhcp: true,
    });
    await Promise.all([vmOf('one'), vmOf('two')]);
    const ready = (name: string) =>
      waitFor(
        async () => {
          const vm = await stack.api.ask<VmView>('GET', `/v1/vms/${name}`);
          const [address] = vm.status.addresses.filter((it) => it.network === 'lan' && it.lastSeenAt);
          return address && { vm, address };
        },
        { timeoutMs: 90_000, everyMs: 500, what: `${name} shows its address` },
      );
    const [one, two] = await Promise.all([ready('one'), ready('two')]);
    for (const { address } of [one, two]) {
      expect(address.source).toBe('dhcp');
      expect(address.conflict).toBeUndefined();
    }
    expect(one.address.address).not.toBe(two.address.address);
    const ping = await stack.api.ask<GuestExecView>('POST', `/v1/vms/${one.vm.id}/guest/exec`, {
      path: '/bin/ping',
      arguments: ['-c', '1', '-W', '5', two.address.address],
    });
    expect(ping.exitCode).toBe(0);
    for (const { vm } of [one, two]) {
      const { operation } = await stack.api.ask<VmChangeView>('DELETE', `/v1/vms/${vm.id}`);
      expect((await stack.api.finished(operation, 30_000)).status).toBe('succeeded');
    }
    expect(execFileSync('ip', ['-brief', 'link']).toString()).not.toContain('vm');
  }, 180_000);
});
