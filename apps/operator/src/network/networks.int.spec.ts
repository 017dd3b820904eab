import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import type { DesiredVm, Nic } from '#libs/contracts';
import { expectNoLeftovers, waitFor } from '#libs/testing';
import { compileOperator } from '../../../../test/operator/compile-operator.js';
import { managedNetwork, nicIn } from '../../../../test/operator/network-builders.js';
import { OperatorProcess } from '../../../../test/operator/operator-process.js';
import { later, TestHost } from '../../../../test/operator/test-host.js';
import { openTaps, TestNamespace, whyNoNamespaces } from '../../../../test/operator/test-namespace.js';
import { bridgeName, tapName } from './network-names.js';

jest.setTimeout(60_000);

const reason = whyNoNamespaces();
const leftovers = expectNoLeftovers('net');
let host: TestHost;
let space: TestNamespace;
let operator: OperatorProcess;

const bare = (nics: Nic[], fields: Partial<DesiredVm> = {}): DesiredVm => {
  const vm = host.vm({ nics, ...fields });
  return { ...vm, machine: { ...vm.machine, memoryMib: 32 } };
};
const dnsmasqs = () => space.processes('dnsmasq');
const taps = () => space.left().filter((it) => it.startsWith('vm-'));

(reason ? describe.skip : describe)(`the networks of a host${reason ? ` (${reason})` : ''}`, () => {
  beforeAll(async () => {
    host = await TestHost.start(leftovers.folder);
    space = await TestNamespace.make(leftovers.folder, Number(new URL(host.nats.url).port));
    operator = new OperatorProcess(await compileOperator(leftovers.folder), host, space.through);
    await operator.start();
  });

  afterAll(async () => {
    await operator?.end('SIGTERM');
    const left = space?.left();
    await space?.remove();
    await host?.stop();
    await leftovers.check({ allowed: ['code/', 's/'] });
    expect(left).toEqual([]);
  });

  it('are told, with the bridges that somebody else made', async () => {
    space.run('ip', 'link', 'add', 'name', 'br-office', 'type', 'bridge');
    await waitFor(
      () => host.beats.at(-1)?.networkAbilities?.bridges.includes('br-office') && host.beats.at(-1),
      { what: 'the bridge is told' },
    );
    expect(host.beats.at(-1)?.networkAbilities).toEqual({
      managed: true,
      reason: '',
      bridges: ['br-office'],
    });
  });

  it('come with the first NIC, are kept over restarts of the operator, and go with the last', async () => {
    const net = managedNetwork({ mtu: 1400, dns: ['10.77.0.1'] });
    const vm = bare([nicIn(net, '10.77.0.11')]);
    const second = bare([nicIn(net, '10.77.0.12')]);
    await host.send(vm);
    await host.settled(vm, 'running');
    await host.send(second);
    await host.settled(second, 'running');
    const [server] = dnsmasqs();
    expect(dnsmasqs()).toHaveLength(1);
    expect(taps()).toHaveLength(2);
    const bridge = bridgeName(net.networkId);
    expect(space.run('ip', 'address', 'show', 'dev', bridge)).toContain('10.77.0.1/24');
    expect(space.run('ip', 'link', 'show', 'dev', bridge)).toContain('mtu 1400');
    expect(space.run('nft', 'list', 'ruleset')).toContain('masquerade');

    const before = host.row(vm.vmId)?.rev.startCount ?? 0;
    await operator.end('SIGKILL');
    await operator.start();
    for (const { vmId } of [vm, second]) {
      await host.rowWhere(vmId, 'it is adopted', (row) => row.rev.startCount > before && row.pid > 0);
    }
    expect(dnsmasqs()).toEqual([server]);
    const steps = host.events
      .filter((it) => it.report.rev.startCount > before)
      .flatMap((it) => it.steps.map((step) => step.step));
    expect(steps).toEqual([]);

    await host.remove(vm);
    expect(taps()).toHaveLength(1);
    expect(dnsmasqs()).toEqual([server]);
    await host.remove(second);
    expect(space.left()).toEqual([]);
    expect(dnsmasqs()).toEqual([]);
  });

  it('get their DHCP server back when it died', async () => {
    const net = managedNetwork();
    const vm = bare([nicIn(net, '10.77.0.11')]);
    await host.send(vm);
    await host.settled(vm, 'running');
    const [server = 0] = dnsmasqs();
    process.kill(server, 'SIGKILL');
    await waitFor(() => dnsmasqs().length === 1 && dnsmasqs()[0] !== server, { what: 'another server runs' });
    await host.remove(vm);
    expect(space.left()).toEqual([]);
  });

  it('are made again when somebody takes rules and a bridge away, and the machine keeps its tap', async () => {
    const net = managedNetwork();
    const nic = nicIn(net, '10.77.0.11');
    const vm = bare([nic]);
    await host.send(vm);
    const { pid } = await host.settled(vm, 'running');
    const [server] = dnsmasqs();
    const guard = () => space.run('nft', 'list', 'ruleset').includes(`nic_${nic.nicId.slice(-12)}`);
    expect(guard()).toBe(true);
    space.run('nft', 'flush', 'ruleset');
    space.run('ip', 'link', 'delete', 'dev', bridgeName(net.networkId));
    await waitFor(() => guard() && space.run('nft', 'list', 'ruleset').includes('masquerade'), {
      timeoutMs: 30_000,
      what: 'the rules are there again',
    });
    await waitFor(
      () => space.run('ip', 'link', 'show', 'type', 'tun').includes(`master ${bridgeName(net.networkId)}`),
      { timeoutMs: 30_000, what: 'the tap hangs on the new bridge' },
    );
    await waitFor(() => dnsmasqs().length === 1 && dnsmasqs()[0] !== server, {
      timeoutMs: 30_000,
      what: 'the server listens on the new bridge',
    });
    expect(openTaps(pid)).toEqual([tapName(nic.nicId)]);
    await host.remove(vm);
    expect(space.left()).toEqual([]);
  });

  it('reach a QEMU that may open none of them, at its start and while it runs', async () => {
    await operator.end('SIGTERM');
    execFileSync('chmod', ['711', leftovers.folder, join(leftovers.folder, '..')]);
    await operator.start({ VMAN_QEMU_USER: 'nobody' });
    const net = managedNetwork();
    const first = nicIn(net, '10.77.0.11');
    let vm = bare([first]);
    await host.send(vm);
    const { pid } = await host.settled(vm, 'running');
    expect(readFileSync(`/proc/${pid}/status`, 'utf8')).toMatch(/^Uid:\t65534/m);
    expect(openTaps(pid)).toEqual([tapName(first.nicId)]);
    const second = nicIn(net, '10.77.0.12');
    vm = later(vm, { nics: [first, second] });
    await host.send(vm);
    expect(await host.settled(vm, 'running')).toMatchObject({ pid, failure: undefined });
    expect(openTaps(pid).sort()).toEqual([first, second].map(({ nicId }) => tapName(nicId)).sort());
    // Nobody but QEMU has one: not the operator, and no program that it started.
    const others = [operator.pid, ...dnsmasqs()];
    expect(others.flatMap(openTaps)).toEqual([]);
    for (const name of taps()) {
      expect(space.run('ip', '-details', 'link', 'show', 'dev', name)).toContain('persist on user root');
    }
    await host.remove(vm);
    expect(space.left()).toEqual([]);
    await operator.end('SIGTERM');
    await operator.start();
  });

  it('follow a change of addresses while the machine runs', async () => {
    const net = managedNetwork({ cidrV6: 'fd00:77::/64', gatewayV6: 'fd00:77::1' });
    const nic = nicIn(net, '10.77.0.11');
    let vm = bare([nic]);
    await host.send(vm);
    const { pid } = await host.settled(vm, 'running');
    expect(space.run('ip', 'address', 'show', 'dev', bridgeName(net.networkId))).toContain('fd00:77::1/64');
    const addresses = [
      { address: '10.77.0.99', prefix: 24, source: 'dhcp' },
      { address: 'fd00:77::99', prefix: 64, source: 'dhcp' },
    ];
    vm = later(vm, { nics: [{ ...nic, network: { ...net, addresses } }] });
    await host.send(vm);
    expect(await host.settled(vm, 'running')).toMatchObject({ pid, failure: undefined });
    const rules = space.run('nft', 'list', 'ruleset');
    expect(rules).toContain('10.77.0.99');
    expect(rules).toContain('fd00:77::99');
    expect(rules).not.toContain('10.77.0.11');
    const promised = () => {
      const hosts = join(leftovers.folder, 's', 'networks', net.networkId, 'hosts');
      return readFileSync(join(hosts, nic.nicId), 'utf8');
    };
    vm = later(vm, { name: 'renamed' });
    await host.send(vm);
    await host.settled(vm, 'running');
    expect(promised()).toBe(`${nic.mac},10.77.0.99,[fd00:77::99],renamed\n`);
    await host.remove(vm);
  });

  it('hang on a bridge of somebody else, which they leave alone', async () => {
    space.run('ip', 'link', 'add', 'name', 'br-own', 'type', 'bridge');
    space.run('ip', 'tuntap', 'add', 'dev', 'jumbo', 'mode', 'tap');
    space.run('ip', 'link', 'set', 'dev', 'jumbo', 'mtu', '9000', 'master', 'br-own');
    const net = managedNetwork({ bridge: 'br-own', mtu: 1400, dhcp: false, nat: false });
    const nic = nicIn(net, '10.77.0.11', { kind: 'bridge' });
    const vm = bare([nic]);
    await host.send(vm);
    await host.settled(vm, 'running');
    expect(space.run('ip', 'link', 'show', 'master', 'br-own')).toContain(tapName(nic.nicId));
    expect(space.run('ip', 'link', 'show', 'dev', 'br-own')).toContain('mtu 9000');
    expect(dnsmasqs()).toEqual([]);
    await host.remove(vm);
    expect(space.left()).toEqual([]);
    expect(space.run('ip', 'link', 'show')).toContain('br-own');
    space.run('ip', 'link', 'delete', 'dev', 'jumbo');
  });

  it('are refused a VLAN on a bridge that keeps none apart', async () => {
    space.run('ip', 'link', 'add', 'name', 'br-flat', 'type', 'bridge');
    const net = managedNetwork({ bridge: 'br-flat', vlan: 5, dhcp: false, nat: false });
    const vm = bare([nicIn(net, '10.77.0.11', { kind: 'bridge' })]);
    await host.send(vm);
    const failed = await host.rowWhere(vm.vmId, 'it failed', (row) => row.failure !== undefined);
    expect(failed.failure?.message).toBe('The bridge br-flat of this host does not keep VLANs apart.');
    await host.remove(vm);
  });

  it('fail with a clear code where the bridge is missing, leave nothing, and come once it is there', async () => {
    const net = managedNetwork({ bridge: 'br-late', dhcp: false, nat: false });
    const vm = bare([nicIn(net, '10.77.0.11', { kind: 'bridge' })]);
    await host.send(vm);
    const failed = await host.rowWhere(vm.vmId, 'it failed', (row) => row.failure !== undefined);
    expect(failed.failure).toEqual({
      code: 'network_unavailable',
      message: 'This host has no bridge br-late.',
    });
    expect(space.left()).toEqual([]);
    space.run('ip', 'link', 'add', 'name', 'br-late', 'type', 'bridge');
    await host.settled(vm, 'running');
    await host.remove(vm);
  });

  it('never take the place of an interface that is not theirs', async () => {
    const net = managedNetwork();
    space.run('ip', 'link', 'add', 'name', bridgeName(net.networkId), 'type', 'bridge');
    space.run('ip', 'link', 'set', 'dev', bridgeName(net.networkId), 'alias', 'somebody else');
    const vm = bare([nicIn(net, '10.77.0.11')]);
    await host.send(vm);
    const failed = await host.rowWhere(vm.vmId, 'it failed', (row) => row.failure !== undefined);
    expect(failed.failure?.code).toBe('network_unavailable');
    await host.remove(vm);
    expect(space.left()).toEqual([bridgeName(net.networkId)]);
    space.run('ip', 'link', 'delete', 'dev', bridgeName(net.networkId));
  });

  it('stay away where the operator lacks the rights, which is told, and NICs in user mode work', async () => {
    await operator.end('SIGTERM');
    const weak = ['setpriv', '--bounding-set=-net_admin', '--inh-caps=-all', '--'];
    const main = await compileOperator(leftovers.folder);
    const other = new OperatorProcess(main, host, [...space.through, ...weak]);
    await other.start();
    expect((await host.nextBeat()).networkAbilities).toEqual({
      managed: false,
      reason: 'the operator lacks CAP_NET_ADMIN',
      bridges: [],
    });
    const vm = bare([{ nicId: uuidv7(), mac: '52:54:00:77:01:01', kind: 'user', forwards: [] }]);
    await host.send(vm);
    await host.settled(vm, 'running');
    const managed = bare([nicIn(managedNetwork(), '10.77.0.11')]);
    await host.send(managed);
    const failed = await host.rowWhere(managed.vmId, 'it failed', (row) => row.failure !== undefined);
    expect(failed.failure).toEqual({
      code: 'network_unavailable',
      message: 'This host has no managed networks: the operator lacks CAP_NET_ADMIN.',
    });
    await host.remove(managed);
    await host.remove(vm);
    await other.end('SIGTERM');
    await operator.start();
  });

  it('work for an operator that is not root but has the rights, of which its guests get none', async () => {
    await operator.end('SIGTERM');
    const tun = join(leftovers.folder, 'tun');
    execFileSync('mknod', ['-m', '666', tun, 'c', '10', '200']);
    execFileSync('chmod', ['711', leftovers.folder, join(leftovers.folder, '..')]);
    execFileSync('chown', ['-R', '65534:65534', join(leftovers.folder, 's'), join(leftovers.folder, 'r')]);
    const rights = '-all,+net_admin,+net_raw,+net_bind_service';
    const plain = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
    const become = [...plain, `--inh-caps=${rights}`, `--ambient-caps=${rights}`, `--bounding-set=${rights}`];
    const script = 'mount --bind "$0" /dev/net/tun && exec "$@"';
    const through = [...space.through, 'unshare', '-m', 'sh', '-c', script, tun, ...become, '--'];
    const other = new OperatorProcess(await compileOperator(leftovers.folder), host, through);
    await other.start();
    const vm = bare([nicIn(managedNetwork(), '10.77.0.11')]);
    await host.send(vm);
    const { pid } = await host.settled(vm, 'running');
    const statusOf = (it: number) => readFileSync(`/proc/${it}/status`, 'utf8');
    expect(statusOf(pid)).toMatch(/^Uid:\t65534/m);
    expect(statusOf(pid)).toMatch(/^CapEff:\t0{16}$/m);
    expect(statusOf(pid)).toMatch(/^CapAmb:\t0{16}$/m);
    expect(statusOf(space.processes('dnsmasq')[0] ?? 0)).toMatch(/^CapEff:\t0{12}3400$/m);
    await host.remove(vm);
    expect(space.left()).toEqual([]);
    await other.end('SIGTERM');
    await operator.start();
    rmSync(tun);
  });
});
