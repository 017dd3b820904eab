/** Guests on managed networks as a user orders them, the host in a network namespace of the test's own. */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type {
  AddressListView,
  DriftListView,
  GuestExecView,
  TemplateChangeView,
  VmAddressView,
  VmChangeView,
  VmView,
} from '#libs/contracts/http';
import { waitFor } from '#libs/testing';
import { ensureGuestImage } from '../../tools/provision/guest.mjs';
import { TestNamespace, whyNoNamespaces } from '../operator/test-namespace.js';
import { Stack } from './stack/stack.js';

const BOOT_MS = 180_000;
const STEP_MS = 120_000;
const reason = whyNoNamespaces();
let stack: Stack;
let space: TestNamespace;

const vmOf = async (name: string, more: object): Promise<VmView> => {
  const { operation } = await stack.api.createVm({ name, template: 'demo', memoryMiB: 192, ...more });
  const end = await stack.api.finished(operation);
  expect([end.status, end.error]).toEqual(['succeeded', undefined]);
  return stack.api.vm(name);
};
const on = (network: string, address?: string) => ({
  nics: [{ network, ...(address ? { addresses: [address] } : {}) }],
});
const until = (name: string, what: string, check: (address: VmAddressView) => boolean) =>
  waitFor(
    async () => {
      const vm = await stack.api.vm(name);
      const [address] = vm.status.addresses;
      if (address && check(address)) return address;
      throw new Error(JSON.stringify(vm.status.addresses));
    },
    { timeoutMs: BOOT_MS, everyMs: 250, what: `${name} ${what}` },
  );
const shown = (name: string) => until(name, 'shows its address', (it) => it.interface !== undefined);
const shell = async (name: string, script: string): Promise<GuestExecView> => {
  const body = { path: '/bin/sh', arguments: ['-c', script], timeoutSeconds: 30 };
  return stack.api.ask('POST', `/v1/vms/${name}/guest/exec`, body);
};
const pings = async (name: string, address: string, ...more: string[]) =>
  (await shell(name, `ping -c 2 -W 2 ${more.join(' ')} ${address}`)).exitCode === 0;
const reaches = (name: string, address: string) =>
  waitFor(() => pings(name, address), {
    timeoutMs: 60_000,
    everyMs: 250,
    what: `${name} reaches ${address}`,
  });
const listed = async (name: string, state = 'held') =>
  (await stack.api.ask<AddressListView>('GET', `/v1/addresses?vm=${name}&state=${state}`)).items;
const mismatches = async () =>
  (await stack.api.ask<DriftListView>('GET', '/v1/drifts?kind=address-mismatch&state=present')).items;

(reason ? describe.skip : describe)(`guests on managed networks${reason ? ` (${reason})` : ''}`, () => {
  beforeAll(async () => {
    const image = await ensureGuestImage();
    stack = await Stack.start({
      importPath: dirname(image.path),
      place: async (folder, ports) => {
        mkdirSync(folder, { recursive: true });
        space = await TestNamespace.make(folder, ...ports);
        return space;
      },
    });
    const { operation } = await stack.api.ask<TemplateChangeView>('POST', '/v1/templates', {
      name: 'demo',
      format: image.format,
      source: { type: 'file', path: image.path.split('/').at(-1) },
    });
    await stack.api.finished(operation);
    const lan = { name: 'lan', kind: 'managed', cidr: '10.77.0.0/24' };
    await stack.api.ask('POST', '/v1/networks', lan);
    const still = {
      name: 'still',
      kind: 'managed',
      cidr: '10.78.0.0/24',
      cidrV6: 'fd00:78::/64',
      dhcp: false,
    };
    await stack.api.ask('POST', '/v1/networks', still);
    await Promise.all([
      vmOf('one', on('lan', '10.77.0.11')),
      vmOf('two', on('lan')),
      vmOf('fixed', { ...on('still', '10.78.0.33'), cloudInit: {} }),
    ]);
  }, 300_000);
  afterAll(() => stack?.stop(), 60_000);

  it(
    'have what is reserved for them: by DHCP, the agent showing the same beside it, and reach each other',
    async () => {
      const [one, two] = await Promise.all([shown('one'), shown('two')]);
      expect(one).toMatchObject({ address: '10.77.0.11', source: 'dhcp', lastSeenAt: expect.any(String) });
      expect(two).toMatchObject({ source: 'dhcp', lastSeenAt: expect.any(String) });
      for (const name of ['one', 'two']) {
        expect((await listed(name))[0]).toMatchObject({ state: 'held', lastSeenAt: expect.any(String) });
        await stack.api.ask('GET', `/v1/vms/${name}/wait?for=ready&timeout=60s`);
      }
      await reaches('one', two.address);
      await reaches('two', one.address);
      await reaches('one', '10.77.0.1');
    },
    BOOT_MS,
  );

  it(
    'have what cloud-init was told',
    async () => {
      const fixed = await shown('fixed');
      expect(fixed).toMatchObject({ address: '10.78.0.33', source: 'static', interface: 'eth0' });
      await reaches('fixed', '10.78.0.1');
    },
    BOOT_MS,
  );

  it('speak IPv6 with the address that is theirs, and with no other', async () => {
    const own = (await listed('fixed')).map((it) => it.address).find((it) => it.includes(':'));
    await shell('fixed', `ip -6 addr add ${own}/64 dev eth0; ip -6 addr add fd00:78::99/64 dev eth0`);
    await waitFor(() => pings('fixed', 'fd00:78::1', '-6', '-I', String(own)), {
      timeoutMs: 60_000,
      everyMs: 250,
      what: 'its own address answers',
    });
    expect(await pings('fixed', 'fd00:78::1', '-6', '-I', 'fd00:78::99')).toBe(false);
    await shell('fixed', 'ip -6 addr del fd00:78::99/64 dev eth0');
    const both = await waitFor(
      async () => {
        const { addresses } = (await stack.api.vm('fixed')).status;
        return addresses.length === 2 && addresses.every((it) => it.interface) && addresses;
      },
      { timeoutMs: STEP_MS, everyMs: 500, what: 'both are seen, and no other' },
    );
    expect(both.map((it) => [it.address, it.source])).toEqual([
      ['10.78.0.33', 'static'],
      [own, 'static'],
    ]);
  }, 180_000);

  it('do not get through with an address of their own choice, and the conflict is shown', async () => {
    await shell('one', 'ip addr del 10.77.0.11/24 dev eth0; ip addr add 10.77.0.200/24 dev eth0');
    expect(await pings('one', '10.77.0.1')).toBe(false);
    const wrong = await until('one', 'is in conflict', (it) => it.conflict !== undefined);
    expect(wrong).toMatchObject({
      address: '10.77.0.11',
      conflict: 'the guest has 10.77.0.200 on this NIC instead',
      lastSeenAt: expect.any(String),
    });
    expect((await listed('one'))[0]?.conflict).toBe(wrong.conflict);
    expect(await listed('one', 'seen')).toMatchObject([{ address: '10.77.0.200', source: 'guest-agent' }]);
    const [drift] = await waitFor(
      async () => {
        const found = await mismatches();
        return found.length > 0 && found;
      },
      { timeoutMs: STEP_MS, everyMs: 500, what: 'the observer finds it' },
    );
    expect(drift?.seen).toContain('10.77.0.200');
    await shell('one', 'ip addr del 10.77.0.200/24 dev eth0; ip addr add 10.77.0.11/24 dev eth0');
    await until('one', 'is as reserved again', (it) => it.interface !== undefined && !it.conflict);
    await waitFor(async () => (await mismatches()).length === 0, {
      timeoutMs: 60_000,
      everyMs: 250,
      what: 'the drift is over',
    });
    await reaches('one', '10.77.0.1');
  }, 240_000);

  it('keep them over a kill of DHCP server and operator, and over a start of their own', async () => {
    const before = (await listed('one')).map((it) => it.address);
    const [server = 0] = space.processes('dnsmasq');
    await stack.operator.end('SIGKILL');
    process.kill(server, 'SIGKILL');
    stack.operator.start();
    await waitFor(() => space.processes('dnsmasq').some((pid) => pid !== server), {
      timeoutMs: 30_000,
      what: 'another DHCP server runs',
    });
    await stack.untilHostIsKnown();
    const { operation } = await stack.api.verb('one', 'reboot');
    expect((await stack.api.finished(operation, 120_000)).status).toBe('succeeded');
    const again = await shown('one');
    expect([again.address]).toEqual(before);
    await shown('two');
    await reaches('two', again.address);
  }, 300_000);

  it('leave nothing of it on the host', async () => {
    for (const name of ['one', 'two', 'fixed']) {
      const { operation } = await stack.api.ask<VmChangeView>('DELETE', `/v1/vms/${name}`);
      expect((await stack.api.finished(operation)).status).toBe('succeeded');
    }
    expect(space.left()).toEqual([]);
    expect(space.processes('dnsmasq')).toEqual([]);
  }, 90_000);
});
