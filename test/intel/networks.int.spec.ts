import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { GuestAgent } from '#libs/contracts';
import type {
  AddressListView,
  AddressView,
  NetworkListView,
  NetworkView,
  NewTokenView,
  PortForwardListView,
  ProblemView,
  VmChangeView,
  VmView,
} from '#libs/contracts/http';
import { waitFor } from '#libs/testing';
import { IntelUnderTest } from './intel-under-test.js';
import { ScriptedOperator } from './scripted-operator.js';

let intel: IntelUnderTest;
let operator: ScriptedOperator;
let viewer: string;

beforeAll(async () => {
  intel = await IntelUnderTest.start({ VMAN_ADDRESS_REST: '1h' });
  operator = await ScriptedOperator.start(intel.nats.url);
  operator.facts = { networkAbilities: { managed: true, reason: '', bridges: ['br0'] } };
  operator.startBeating();
  await waitFor(async () => (await intel.request('GET', '/v1/hosts/host-1')).status === 200, {
    what: 'the host has registered itself',
  });
  const made = await intel.request<NewTokenView>('POST', '/v1/tokens', { name: 'looker', role: 'viewer' });
  viewer = made.body.token;
}, 60_000);

afterAll(async () => {
  await operator?.stop();
  await intel?.end();
});

const managed = async (name: string, more: object = {}) => {
  const body = { name, kind: 'managed', ...more };
  const reply = await intel.request<NetworkView>('POST', '/v1/networks', body);
  if (reply.status !== 201) throw new Error(JSON.stringify(reply.body));
  return reply.body;
};
const problem = async (method: string, path: string, body?: object, options = {}) => {
  const reply = await intel.request<ProblemView>(method, path, body, options);
  return { ...reply.body, fields: reply.body.errors?.map((it) => `${it.field}:${it.code}`) };
};
const addresses = async (query: string) =>
  (await intel.request<AddressListView>('GET', `/v1/addresses?${query}`)).body.items;
const gone = async (id: string) => {
  await intel.request('DELETE', `/v1/vms/${id}`, undefined, { headers: { prefer: 'wait=10' } });
  await waitFor(async () => (await intel.request('GET', `/v1/vms/${id}`)).status === 404, {
    what: 'the VM is gone',
  });
};
const desiredOf = (vmId: string) => operator.desired.filter((it) => it.vmId === vmId).at(-1);

describe('networks', () => {
  it('are there without doing anything: the user network, which nobody changes', async () => {
    const { body } = await intel.request<NetworkListView>('GET', '/v1/networks', undefined, {
      token: viewer,
    });
    expect(body.items).toMatchObject([{ name: 'user', kind: 'user', cidr: '10.0.2.0/24' }]);
    expect(await problem('DELETE', '/v1/networks/user')).toMatchObject({ code: 'invalid_state' });
    expect(await problem('PATCH', '/v1/networks/user', { dns: [] })).toMatchObject({ code: 'invalid_state' });
  });

  it('are made with a gateway, and are found by name and id', async () => {
    const made = await managed('made', { cidr: '10.1.0.0/24', cidrV6: 'fd00:1::/64', dns: ['9.9.9.9'] });
    expect(made).toMatchObject({
      gateway: '10.1.0.1',
      gatewayV6: 'fd00:1::1',
      dhcp: true,
      nat: true,
      antiSpoofing: true,
    });
    expect((await intel.request('GET', '/v1/networks/made')).body).toEqual(made);
    expect((await intel.request('GET', `/v1/networks/${made.id}`)).body).toEqual(made);
    expect(
      await problem('POST', '/v1/networks', { name: 'made', kind: 'managed', cidr: '10.2.0.0/24' }),
    ).toMatchObject({
      code: 'already_exists',
    });
  });

  it('are refused with all faults at once, each at its field', async () => {
    const wrong = {
      name: 'wrong',
      kind: 'managed',
      cidr: '10.3.0.1/24',
      dns: ['x'],
      vlan: 5,
      ranges: ['10.3.0.5'],
    };
    expect((await problem('POST', '/v1/networks', wrong)).fields).toEqual([
      'cidr:invalid',
      'vlan:invalid',
      'dns[0]:invalid',
      'ranges[0]:invalid',
    ]);
    const far = {
      name: 'wrong',
      kind: 'managed',
      cidr: '10.3.0.0/24',
      gateway: '10.4.0.1',
      reserved: ['10.4.0.0'],
    };
    expect((await problem('POST', '/v1/networks', far)).fields).toEqual([
      'gateway:invalid',
      'reserved[0]:invalid',
    ]);
    expect((await problem('POST', '/v1/networks', { name: 'w', kind: 'bridge', nat: true })).fields).toEqual([
      'bridge:required',
      'nat:invalid',
    ]);
    expect((await problem('POST', '/v1/networks', { name: 'w', kind: 'managed', colour: 1 })).code).toBe(
      'invalid_input',
    );
  });

  it('that are managed never overlap, not even when they come at the same time', async () => {
    await managed('overlapped', { cidr: '10.5.0.0/16' });
    const late = { name: 'late', kind: 'managed', cidr: '10.5.7.0/24' };
    const refused = await problem('POST', '/v1/networks', late);
    expect(refused.fields).toEqual(['cidr:overlap']);
    expect(refused.errors?.[0]?.message).toContain('overlapped');
    const both = await Promise.all(
      ['one', 'two'].map((name) =>
        intel.request('POST', '/v1/networks', { name, kind: 'managed', cidr: '10.6.0.0/24' }),
      ),
    );
    expect(both.map((it) => it.status).sort()).toEqual([201, 400]);
  });

  it('are made only by those who may', async () => {
    const body = { name: 'no', kind: 'managed', cidr: '10.7.0.0/24' };
    expect((await problem('POST', '/v1/networks', body, { token: viewer })).code).toBe('forbidden');
  });

  it('are not deleted while a VM uses them, and tell its name', async () => {
    await managed('used', { cidr: '10.8.0.0/24' });
    const { vm } = await intel.createVm('user-of-it', { nics: [{ network: 'used' }] });
    const refused = await problem('DELETE', '/v1/networks/used');
    expect(refused).toMatchObject({ code: 'resource_in_use', detail: expect.stringContaining('user-of-it') });
    await gone(vm.id);
    expect((await intel.request('DELETE', '/v1/networks/used')).status).toBe(204);
  });

  it('that change are told to the hosts of their VMs', async () => {
    await managed('changing', { cidr: '10.9.0.0/24' });
    const { vm } = await intel.createVm('told', { nics: [{ network: 'changing' }] });
    const change = {
      dns: ['10.9.0.53'],
      mtu: 1400,
      domain: 'lan.example',
      ranges: ['10.9.0.100-10.9.0.101'],
      reserved: ['10.9.0.100'],
    };
    const { body } = await intel.request<NetworkView>('PATCH', '/v1/networks/changing', change);
    expect(body).toMatchObject(change);
    const told = await waitFor(
      async () => (desiredOf(vm.id)?.generation === 2 ? desiredOf(vm.id) : undefined),
      {
        what: 'the host is told',
      },
    );
    expect(told?.nics[0]?.network).toMatchObject({
      dns: ['10.9.0.53'],
      addresses: [{ address: '10.9.0.2' }],
    });
    const next = await intel.createVm('in-the-new-range', { nics: [{ network: 'changing' }] });
    expect(next.vm.spec.nics[0]?.addresses).toEqual(['10.9.0.101']);
    expect(await problem('PATCH', '/v1/networks/changing', { dns: ['x'] })).toMatchObject({
      fields: ['dns[0]:invalid'],
    });
    const plain = (
      await intel.request<NetworkView>('PATCH', '/v1/networks/changing', { mtu: null, domain: null })
    ).body;
    expect([plain.mtu, plain.domain]).toEqual([undefined, undefined]);
    // Without a DHCP server nobody but cloud-init tells the guests of their addresses.
    expect((await addresses('network=changing')).map((it) => it.source)).toEqual(['dhcp', 'dhcp']);
    await intel.request('PATCH', '/v1/networks/changing', { dhcp: false });
    expect((await addresses('network=changing')).map((it) => it.source)).toEqual(['static', 'static']);
    await intel.request('PATCH', '/v1/networks/changing', { dhcp: true });
    expect((await addresses('network=changing')).map((it) => it.source)).toEqual(['dhcp', 'dhcp']);
  });
});

describe('an address', () => {
  it('is the next free one, belongs to its VM, and is told to its host', async () => {
    await managed('lan', { cidr: '10.20.0.0/24', cidrV6: 'fd00:20::/64', reserved: ['10.20.0.2-10.20.0.9'] });
    const { vm } = await intel.createVm('first', { nics: [{ network: 'lan' }, {}] });
    expect(vm.spec.nics[0]).toMatchObject({
      kind: 'managed',
      network: { name: 'lan' },
      addresses: ['10.20.0.10', 'fd00:20::2'],
    });
    expect(vm.spec.nics[1]).toMatchObject({ kind: 'user', network: { name: 'user' }, addresses: [] });
    const told = await waitFor(async () => desiredOf(vm.id), { what: 'the host is told' });
    expect(told.nics[0]).toMatchObject({
      kind: 'managed',
      network: {
        name: 'lan',
        cidrV4: '10.20.0.0/24',
        gatewayV4: '10.20.0.1',
        dhcp: true,
        antiSpoofing: true,
        bridge: expect.stringMatching(/^vmb[0-9a-f]{12}$/),
        addresses: [
          { address: '10.20.0.10', prefix: 24, source: 'dhcp' },
          { address: 'fd00:20::2', prefix: 64, source: 'dhcp' },
        ],
      },
    });
    expect(await addresses('vm=first&network=lan')).toMatchObject([
      {
        address: '10.20.0.10',
        prefix: 24,
        state: 'held',
        source: 'dhcp',
        network: { name: 'lan' },
        vm: { name: 'first' },
      },
      { address: 'fd00:20::2', prefix: 64, state: 'held' },
    ]);
    for (const verb of ['stop', 'start']) {
      await intel.request('POST', `/v1/vms/${vm.id}/${verb}`, undefined, { headers: { prefer: 'wait=10' } });
    }
    expect((await intel.vm(vm.id)).spec.nics[0]?.addresses).toEqual(['10.20.0.10', 'fd00:20::2']);
  });

  it('that is asked for is given, or refused with its holder', async () => {
    const nics = [{ network: 'lan', addresses: ['10.20.0.77'], mac: '52:54:00:AA:00:01' }];
    const { vm } = await intel.createVm('asked', { nics });
    expect(vm.spec.nics[0]).toMatchObject({
      addresses: ['10.20.0.77', 'fd00:20::3'],
      mac: '52:54:00:aa:00:01',
    });
    const other = { name: 'other', memoryMiB: 64, nics: [{ network: 'lan', addresses: ['10.20.0.77'] }] };
    expect(await problem('POST', '/v1/vms', other)).toMatchObject({
      code: 'address_in_use',
      detail: expect.stringContaining('the VM asked'),
    });
    const sameMac = { name: 'other', memoryMiB: 64, nics: [{ network: 'lan', mac: '52:54:00:aa:00:01' }] };
    expect((await problem('POST', '/v1/vms', sameMac)).code).toBe('address_in_use');
    expect((await intel.request('GET', '/v1/vms/other')).status).toBe(404);
    expect(await addresses('network=lan&vm=other')).toEqual([]);
  });

  it('is refused with the field that is wrong', async () => {
    const create = (nic: object) => problem('POST', '/v1/vms', { name: 'bad', memoryMiB: 64, nics: [nic] });
    for (const [nic, field] of [
      [{ network: 'nowhere' }, 'nics[0].network:unknown'],
      [{ kind: 'managed' }, 'nics[0].network:required'],
      [{ network: 'lan', kind: 'bridge' }, 'nics[0].kind:invalid'],
      [{ addresses: ['10.0.2.20'] }, 'nics[0].addresses:invalid'],
      [{ network: 'lan', addresses: ['10.21.0.1'] }, 'nics[0].addresses[0]:range'],
      [{ network: 'lan', addresses: ['10.20.0.1'] }, 'nics[0].addresses[0]:reserved'],
      [{ network: 'lan', addresses: ['10.20.0.5'] }, 'nics[0].addresses[0]:reserved'],
      [{ network: 'lan', addresses: ['10.20.0.255'] }, 'nics[0].addresses[0]:reserved'],
      [{ network: 'lan', addresses: ['10.20.0.50', '10.20.0.51'] }, 'nics[0].addresses:unique'],
      [{ network: 'lan', portForwards: [{ guestPort: 80 }] }, 'nics[0].portForwards:invalid'],
    ] as const) {
      expect((await create(nic)).fields).toEqual([field]);
    }
    expect((await create({ network: 'lan', mac: '01:00:00:00:00:01' })).code).toBe('invalid_input');
  });

  it('rests after its VM is gone, and a failed create leaves none behind', async () => {
    await managed('small', { cidr: '10.30.0.0/29' });
    const made = await Promise.all(
      ['a', 'b', 'c', 'd', 'e'].map((name) =>
        intel.createVm(`small-${name}`, { nics: [{ network: 'small' }] }),
      ),
    );
    const refused = await problem('POST', '/v1/vms', {
      name: 'small-f',
      memoryMiB: 64,
      nics: [{ network: 'small' }],
    });
    expect(refused).toMatchObject({
      code: 'address_exhausted',
      status: 507,
      detail: expect.stringContaining('5 in all, 5 held, 0 reserved, 0 resting'),
    });
    const [first] = made;
    const address = first!.vm.spec.nics[0]!.addresses[0]!;
    await gone(first!.vm.id);
    expect(await addresses('network=small&state=resting')).toMatchObject([
      { address, releasedAt: expect.any(String) },
    ]);
    const asked = { name: 'small-g', memoryMiB: 64, nics: [{ network: 'small', addresses: [address] }] };
    expect(await problem('POST', '/v1/vms', asked)).toMatchObject({
      code: 'address_in_use',
      detail: expect.stringContaining('rests until'),
    });
    expect((await problem('POST', '/v1/vms', { ...asked, nics: [{ network: 'small' }] })).detail).toContain(
      '1 resting',
    );
  });

  it('is reserved and released by hand, and goes back to who reserved it', async () => {
    const reserve = { network: 'lan', address: '10.20.0.88', note: 'printer' };
    const made = await intel.request<AddressView>('POST', '/v1/addresses', reserve);
    expect([made.status, made.body]).toMatchObject([201, { state: 'reserved', kept: true, note: 'printer' }]);
    expect((await intel.request('GET', `/v1/addresses/${made.body.id}`)).body).toEqual(made.body);
    expect((await problem('POST', '/v1/addresses', reserve)).code).toBe('address_in_use');
    const { vm } = await intel.createVm('takes-it', {
      nics: [{ network: 'lan', addresses: ['10.20.0.88'] }],
    });
    expect(await addresses('vm=takes-it&state=held')).toMatchObject([
      { id: made.body.id, kept: true, note: 'printer' },
      { address: expect.stringContaining('fd00:20::') },
    ]);
    await gone(vm.id);
    expect((await intel.request<AddressView>('GET', `/v1/addresses/${made.body.id}`)).body.state).toBe(
      'reserved',
    );
    expect(
      (await problem('DELETE', `/v1/addresses/${made.body.id}`, undefined, { token: viewer })).code,
    ).toBe('forbidden');
    expect((await intel.request('DELETE', `/v1/addresses/${made.body.id}`)).status).toBe(204);
    const next = await intel.request<AddressView>('POST', '/v1/addresses', { network: 'lan' });
    expect(next.body.address).toBe('10.20.0.11');
    const again = await intel.request<AddressView>('POST', '/v1/addresses', reserve);
    expect(again.status).toBe(201);
    expect((await problem('POST', '/v1/addresses', { network: 'user' })).fields).toEqual(['network:invalid']);
    expect((await problem('DELETE', '/v1/networks/lan')).code).toBe('resource_in_use');
  });

  it('that a VM has is taken away by an admin only, and its host hears of it', async () => {
    const [row] = await addresses('vm=asked');
    const made = await intel.request<NewTokenView>('POST', '/v1/tokens', {
      name: 'worker',
      role: 'operator',
    });
    const { token } = made.body;
    expect((await problem('DELETE', `/v1/addresses/${row!.id}`, undefined, { token })).code).toBe(
      'forbidden',
    );
    expect((await intel.request('DELETE', `/v1/addresses/${row!.id}`)).status).toBe(204);
    const { id } = (await intel.request<VmView>('GET', '/v1/vms/asked')).body;
    await waitFor(async () => desiredOf(id)?.nics[0]?.network?.addresses.length === 1, {
      what: 'the host is told',
    });
    expect((await problem('DELETE', `/v1/addresses/${row!.id}`)).code).toBe('invalid_state');
  });
});

describe('a network of one project', () => {
  it('is not there for another one, nor are its addresses', async () => {
    await intel.makeProjects('red', 'blue');
    await managed('private', { cidr: '10.40.0.0/24', project: 'red' });
    const made = await intel.request<NewTokenView>('POST', '/v1/tokens', {
      name: 'blue',
      role: 'admin',
      project: 'blue',
    });
    const { token } = made.body;
    expect((await intel.request('GET', '/v1/networks/private', undefined, { token })).status).toBe(404);
    const foreign = await problem(
      'POST',
      '/v1/vms',
      { name: 'b', memoryMiB: 64, nics: [{ network: 'private' }] },
      { token },
    );
    expect(foreign.fields).toEqual(['nics[0].network:unknown']);
    expect((await problem('PATCH', '/v1/networks/lan', { dns: [] }, { token })).code).toBe('forbidden');
    const red = await intel.createVm('red-1', { project: 'red', nics: [{ network: 'private' }] });
    const [held] = await addresses('vm=red-1');
    expect((await intel.request('GET', `/v1/addresses/${held!.id}`, undefined, { token })).status).toBe(404);
    expect(
      (await intel.request<AddressListView>('GET', '/v1/addresses', undefined, { token })).body.items,
    ).toEqual([]);
    const asks = { name: 'c', memoryMiB: 64, nics: [{ network: 'lan', addresses: ['10.20.0.10'] }] };
    const refused = await problem('POST', '/v1/vms', asks, { token });
    expect(refused.detail).toContain('of another project');
    expect(refused.detail).not.toContain('first');
    expect(red.vm.spec.nics[0]?.addresses).toEqual(['10.40.0.2']);
  });
});

describe('NICs of a VM', () => {
  const patch = (id: string, body: object) =>
    intel.request<VmChangeView>('PATCH', `/v1/vms/${id}`, body, { headers: { prefer: 'wait=10' } });

  it('come and go while it runs, with their addresses', async () => {
    const { vm } = await intel.createVm('nics', { nics: [{ network: 'lan' }] });
    const own = vm.spec.nics[0]!;
    const added = await patch(vm.id, {
      nics: [{ id: own.id, network: 'lan', mac: own.mac }, { network: 'lan' }, {}],
    });
    expect(added.body.operation.status).toBe('succeeded');
    const nics = added.body.vm!.spec.nics;
    expect(nics.map((it) => it.kind)).toEqual(['managed', 'managed', 'user']);
    expect(new Set(nics.flatMap((it) => it.addresses)).size).toBe(4);
    await operator.tell(vm.id, { plugged: { vcpus: 1, memoryMib: 64, diskIds: [], nicIds: [own.id] } });
    const removed = await patch(vm.id, { nics: [{ id: own.id }] });
    expect(removed.body.vm!.spec.nics).toHaveLength(1);
    await waitFor(async () => (await addresses('vm=nics')).length === 2, {
      what: 'the addresses are let go',
    });
    expect((await addresses('network=lan&state=resting')).map((it) => it.address)).toEqual(
      expect.arrayContaining(nics[1]!.addresses),
    );
  });

  it('keep network, address and MAC for life', async () => {
    const { body: vm } = await intel.request<VmView>('GET', '/v1/vms/nics');
    const id = vm.spec.nics[0]!.id;
    const nics = [{ id, network: 'user', addresses: ['10.20.0.200'], mac: '52:54:00:00:00:09' }];
    expect((await problem('PATCH', `/v1/vms/${vm.id}`, { nics })).fields).toEqual([
      'nics[0].network:fixed',
      'nics[0].mac:fixed',
      'nics[0].addresses:fixed',
    ]);
  });
});

describe('placement', () => {
  it('knows which hosts have the bridge and which can make networks, and says why not', async () => {
    for (const [name, bridge] of [
      ['there', 'br0'],
      ['elsewhere', 'br7'],
    ] as const) {
      await intel.request('POST', '/v1/networks', { name, kind: 'bridge', bridge, cidr: '10.50.0.0/24' });
    }
    const { vm } = await intel.createVm('bridged', { nics: [{ network: 'there' }] });
    expect(vm.spec.nics[0]).toMatchObject({ kind: 'bridge', addresses: ['10.50.0.1'] });
    const away = { name: 'away', memoryMiB: 64, nics: [{ network: 'elsewhere' }] };
    expect(await problem('POST', '/v1/vms', away)).toMatchObject({
      code: 'placement_failed',
      detail: expect.stringContaining('has no bridge br7'),
    });
    const late = await problem('PATCH', `/v1/vms/${vm.id}`, {
      nics: [{ network: 'there' }, { network: 'elsewhere' }],
    });
    expect(late.code).toBe('placement_failed');
    let tries = 0;
    // One that is placed before the host has told anew takes its name.
    const onLan = () => ({ ...away, name: `on-lan-${++tries}`, nics: [{ network: 'lan' }] });
    operator.facts = { networkAbilities: { managed: false, reason: 'no CAP_NET_ADMIN', bridges: [] } };
    await waitFor(
      async () => {
        const refused = await problem('POST', '/v1/vms', onLan());
        return refused.detail?.includes('no CAP_NET_ADMIN');
      },
      { what: 'the host says why it cannot' },
    );
    expect((await intel.createVm('still', { nics: [{}] })).vm.spec.nics[0]?.kind).toBe('user');
    expect((await intel.request('GET', '/v1/hosts/host-1')).body).toMatchObject({
      networks: { managed: false, reason: 'no CAP_NET_ADMIN', bridges: [] },
    });
    operator.facts = { networkAbilities: { managed: true, reason: '', bridges: ['br0'] } };
    await waitFor(async () => (await intel.request('POST', '/v1/vms', onLan())).status === 201, {
      what: 'it can again',
    });
  });
});

describe('what the guest shows', () => {
  const agent = (mac: string, shown: string[], state: GuestAgent['state'] = 'connected'): GuestAgent => ({
    state,
    reason: '',
    sinceMs: 1_700_000_000_000,
    osName: '',
    hostName: '',
    frozenUntilMs: 0,
    interfaces: [
      {
        name: 'eth0',
        mac,
        addresses: shown.map((address) => ({
          address,
          family: address.includes(':') ? 'ipv6' : 'ipv4',
          prefix: 24,
        })),
      },
    ],
  });
  const until = (id: string, what: string, check: (vm: VmView) => boolean) =>
    waitFor(
      async () => {
        const vm = await intel.vm(id);
        return check(vm) && vm;
      },
      { what },
    );
  const condition = (vm: VmView, type: string) => vm.status.conditions.find((it) => it.type === type);
  const agentIs = (status: string) => (vm: VmView) => condition(vm, 'AddressAssigned')?.status === status;
  const reason = (text: string) => (vm: VmView) => condition(vm, 'AddressAssigned')?.reason === text;

  it('stands beside the reservation, and makes the VM ready', async () => {
    await managed('seen', { cidr: '10.60.0.0/24' });
    const { vm } = await intel.createVm('shown', { nics: [{ network: 'seen' }] });
    const { mac } = vm.spec.nics[0]!;
    const off = await until(vm.id, 'it runs', (it) => it.status.state === 'running');
    expect(condition(off, 'AddressAssigned')).toMatchObject({ status: 'unknown', reason: 'no-guest-agent' });
    expect(off.status.addresses).toEqual([
      { address: '10.60.0.2', prefix: 24, family: 'ipv4', source: 'dhcp', mac, network: 'seen' },
    ]);
    await operator.tell(vm.id, { guestAgent: agent(mac, ['fe80::1%eth0']) });
    await until(vm.id, 'it waits', reason('not-seen-yet'));
    const late = await problem('GET', `/v1/vms/${vm.id}/wait?for=ready&timeout=1s`);
    expect(late).toMatchObject({
      code: 'deadline_exceeded',
      detail: expect.stringContaining('does not show 10.60.0.2'),
    });
    const waiting = intel.request<VmView>('GET', `/v1/vms/${vm.id}/wait?for=ready&timeout=20s`);
    await operator.tell(vm.id, { guestAgent: agent(mac.toUpperCase(), ['10.60.0.2', 'fe80::1']) });
    const { body } = await waiting;
    expect(condition(body, 'Ready')?.status).toBe('true');
    expect(body.status.addresses).toEqual([
      {
        address: '10.60.0.2',
        prefix: 24,
        family: 'ipv4',
        source: 'dhcp',
        mac,
        network: 'seen',
        interface: 'eth0',
        lastSeenAt: expect.any(String),
      },
    ]);
    expect(await addresses('vm=shown')).toMatchObject([
      { address: '10.60.0.2', lastSeenAt: expect.any(String) },
    ]);
  });

  it('is kept as when it was seen last, until the address is let go', async () => {
    const { vm } = await intel.createVm('was-seen', { nics: [{ network: 'seen' }] });
    const { mac, addresses: own } = vm.spec.nics[0]!;
    await operator.tell(vm.id, { guestAgent: agent(mac, own) });
    const seen = await until(vm.id, 'it is seen', agentIs('true'));
    const at = Date.parse(seen.status.addresses[0]!.lastSeenAt!);
    await operator.tell(vm.id, { guestAgent: agent(mac, []) });
    const later = await until(vm.id, 'it shows none', reason('not-seen-yet'));
    expect(later.status.addresses).toMatchObject([{ address: own[0], lastSeenAt: expect.any(String) }]);
    expect(Date.parse(later.status.addresses[0]!.lastSeenAt!)).toBeGreaterThanOrEqual(at);
    expect(condition(later, 'Ready')?.status).toBe('false');
    await intel.request('POST', `/v1/vms/${vm.id}/stop`, undefined, { headers: { prefer: 'wait=10' } });
    const [row] = await addresses('vm=was-seen');
    expect(row?.lastSeenAt).toBe(later.status.addresses[0]!.lastSeenAt);
    await gone(vm.id);
    expect((await addresses('network=seen&state=resting'))[0]?.lastSeenAt).toBeUndefined();
  });

  it('is a conflict when it is another address, or one that another VM holds', async () => {
    const { vm } = await intel.createVm('liar', { nics: [{ network: 'seen' }] });
    const { mac } = vm.spec.nics[0]!;
    await operator.tell(vm.id, { guestAgent: agent(mac, ['10.60.0.99']) });
    const wrong = await until(vm.id, 'a conflict is shown', reason('conflict'));
    expect(wrong.status.addresses).toMatchObject([
      { address: '10.60.0.4', source: 'dhcp', conflict: 'the guest has 10.60.0.99 on this NIC instead' },
      { address: '10.60.0.99', source: 'guest-agent' },
    ]);
    expect(condition(wrong, 'Ready')?.status).toBe('false');
    expect(await addresses('vm=liar&state=held')).toMatchObject([
      { address: '10.60.0.4', conflict: 'the guest has 10.60.0.99 on this NIC instead' },
    ]);
    const [stray] = await addresses('vm=liar&source=guest-agent');
    expect(stray).toMatchObject({
      address: '10.60.0.99',
      state: 'seen',
      mac,
      network: { name: 'seen' },
      vm: { name: 'liar' },
      lastSeenAt: expect.any(String),
    });
    const again = (await intel.request('GET', `/v1/addresses/${stray!.id}`)).body;
    expect(again).toEqual({ ...stray, lastSeenAt: expect.any(String) });
    expect(await problem('DELETE', `/v1/addresses/${stray!.id}`)).toMatchObject({ code: 'invalid_state' });
    await operator.tell(vm.id, { guestAgent: agent(mac, ['10.60.0.4', '10.60.0.2', 'not an address']) });
    const both = await until(vm.id, 'the stolen one is shown', (it) => it.status.addresses.length === 3);
    expect(both.status.addresses).toMatchObject([
      { address: '10.60.0.4', lastSeenAt: expect.any(String) },
      { address: '10.60.0.2', source: 'guest-agent', conflict: 'the VM shown holds it' },
      { address: 'not an address' },
    ]);
    // Both parties are told: also the one whose address it is, and whoever looks at the list.
    const robbed = await until('shown', 'the robbed one is told', reason('conflict'));
    expect(robbed.status.addresses).toMatchObject([
      { address: '10.60.0.2', source: 'dhcp', conflict: 'the guest of the VM liar shows it' },
    ]);
    expect(condition(robbed, 'Ready')?.status).toBe('true');
    const clashes = (await addresses('network=seen')).filter((it) => it.conflict);
    expect(clashes.map((it) => [it.address, it.vm?.name, it.state, it.conflict]).sort()).toEqual([
      ['10.60.0.2', 'liar', 'seen', 'the VM shown holds it'],
      ['10.60.0.2', 'shown', 'held', 'the guest of the VM liar shows it'],
    ]);
    await intel.request('POST', '/v1/addresses', { network: 'seen', address: '10.60.0.77' });
    await operator.tell(vm.id, { guestAgent: agent(mac, ['10.60.0.4', '10.60.0.77']) });
    await waitFor(
      async () =>
        (await addresses('network=seen&state=reserved'))[0]?.conflict === 'the guest of the VM liar shows it',
      { what: 'one that is reserved by hand says so too' },
    );
    await operator.tell(vm.id, { guestAgent: agent(mac, ['10.60.0.4']) });
    await until(vm.id, 'it is settled', agentIs('true'));
    expect((await addresses('network=seen')).filter((it) => it.conflict || it.state === 'seen')).toEqual([]);
    await until('shown', 'the robbed one has it to itself', agentIs('true'));
  });

  it('is a conflict of both where two guests show what nobody gave them', async () => {
    const made = ['left', 'right'].map((name) => intel.createVm(name, { nics: [{ network: 'seen' }] }));
    const vms = (await Promise.all(made)).map((it) => it.vm);
    for (const vm of vms) {
      const { mac, addresses: own } = vm.spec.nics[0]!;
      await operator.tell(vm.id, { guestAgent: agent(mac, [...own, '10.60.0.200']) });
    }
    const clashing = await waitFor(
      async () => {
        const found = (await addresses('network=seen&state=seen')).filter((it) => it.conflict);
        return found.length === 2 && found;
      },
      { what: 'both are in conflict' },
    );
    expect(clashing.map((it) => [it.vm?.name, it.conflict]).sort()).toEqual([
      ['left', 'the guest of the VM right shows it'],
      ['right', 'the guest of the VM left shows it'],
    ]);
    await gone(vms[0]!.id);
    expect(await addresses('network=seen&state=seen')).toMatchObject([{ vm: { name: 'right' } }]);
    await gone(vms[1]!.id);
    expect(await addresses('network=seen&state=seen')).toEqual([]);
  });

  it('in the user network is what QEMU gives', async () => {
    const { vm } = await intel.createVm('slirp');
    const { mac } = vm.spec.nics[0]!;
    await operator.tell(vm.id, { guestAgent: agent(mac, ['10.0.2.15']) });
    const shown = await until(vm.id, 'it is seen', (it) => it.status.addresses[0]?.lastSeenAt !== undefined);
    expect(shown.status.addresses).toMatchObject([{ address: '10.0.2.15', source: 'user', network: 'user' }]);
    const [row, ...others] = await addresses('vm=slirp');
    expect(others).toEqual([]);
    expect(row).toMatchObject({ address: '10.0.2.15', state: 'held', source: 'user', mac, prefix: 24 });
    expect(row).toMatchObject({ network: { name: 'user' }, lastSeenAt: expect.any(String) });
    const again = (await intel.request('GET', `/v1/addresses/${row!.id}`)).body;
    expect(again).toEqual({ ...row, lastSeenAt: expect.any(String) });
    expect(await problem('DELETE', `/v1/addresses/${row!.id}`)).toMatchObject({ code: 'invalid_state' });
    expect((await addresses('source=user')).every((it) => it.conflict === undefined)).toBe(true);
  });
});

describe('port forwards', () => {
  it('are listed, added and removed while the VM runs, ready to paste', async () => {
    const { vm } = await intel.createVm('forwarded', { nics: [{ portForwards: [{ guestPort: 22 }] }] });
    await intel.request('GET', `/v1/vms/${vm.id}/wait?for=running&timeout=10s`);
    const launched = operator.launches.filter((it) => it.vmId === vm.id).length;
    const wait = { headers: { prefer: 'wait=10' } };
    const list = async () =>
      (await intel.request<PortForwardListView>('GET', '/v1/port-forwards?vm=forwarded')).body.items;
    for (const body of [
      { guestPort: 80, hostPort: 30_190 },
      { guestPort: 53, protocol: 'udp' },
    ]) {
      const { status } = await intel.request('POST', '/v1/port-forwards', { vm: 'forwarded', ...body }, wait);
      expect(status).toBe(201);
    }
    const three = await list();
    expect(three.map((it) => it.connect).sort()).toEqual([
      'http://127.0.0.1:30190',
      expect.stringMatching(/^nc -u 127\.0\.0\.1 30\d{3}$/),
      expect.stringMatching(/^ssh -p 30\d{3} 127\.0\.0\.1$/),
    ]);
    expect(three[0]).toMatchObject({ vm: { name: 'forwarded' }, host: { name: 'host-1' }, releasing: false });
    expect((await intel.request('GET', `/v1/port-forwards/${three[0]!.id}`)).body).toEqual(three[0]);
    const taken = { vm: 'forwarded', guestPort: 81, hostPort: 30_190 };
    expect(await problem('POST', '/v1/port-forwards', taken)).toMatchObject({
      code: 'port_in_use',
      detail: 'The host port 127.0.0.1:30190/tcp is taken by the VM itself.',
    });
    await intel.createVm('open', { nics: [{}] });
    const everywhere = { ...taken, vm: 'open', hostAddress: '0.0.0.0' };
    expect(await problem('POST', '/v1/port-forwards', everywhere)).toMatchObject({
      code: 'port_in_use',
      detail: 'The host port 0.0.0.0:30190/tcp is taken by the VM forwarded.',
    });
    for (const { id } of three) {
      expect((await intel.request('DELETE', `/v1/port-forwards/${id}`, undefined, wait)).status).toBe(202);
    }
    await waitFor(async () => (await list()).length === 0, { what: 'all are gone' });
    expect(operator.launches.filter((it) => it.vmId === vm.id)).toHaveLength(launched);
    expect(await problem('DELETE', `/v1/port-forwards/${three[0]!.id}`)).toMatchObject({ code: 'not_found' });
    const shown = (await intel.request<VmView>('GET', '/v1/vms/shown')).body;
    const no = await problem('POST', '/v1/port-forwards', {
      vm: 'shown',
      nic: shown.spec.nics[0]!.id,
      guestPort: 80,
    });
    expect(no.fields).toEqual(['nic:invalid']);
  });
});
