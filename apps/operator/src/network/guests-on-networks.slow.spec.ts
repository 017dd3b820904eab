import { createHash } from 'node:crypto';
import { chmodSync, copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import type { DesiredVm, Nic } from '#libs/contracts';
import { expectNoLeftovers, waitFor } from '#libs/testing';
import { compileOperator } from '../../../../test/operator/compile-operator.js';
import { GuestShell } from '../../../../test/operator/guest-shell.js';
import { managedNetwork, nicIn } from '../../../../test/operator/network-builders.js';
import { OperatorProcess } from '../../../../test/operator/operator-process.js';
import { later, TestHost } from '../../../../test/operator/test-host.js';
import { TestNamespace, whyNoNamespaces } from '../../../../test/operator/test-namespace.js';
import { ensureGuestImage } from '../../../../tools/provision/guest.mjs';

jest.setTimeout(240_000);

const reason = whyNoNamespaces();
const leftovers = expectNoLeftovers('lan');
const ONE = '10.77.0.11';
const TWO = '10.77.0.12';
const GATEWAY = '10.77.0.1';
const NETWORK = managedNetwork();
const QEMU_USER = { VMAN_QEMU_USER: 'nobody' };

let host: TestHost;
let space: TestNamespace;
let operator: OperatorProcess;
let one: DesiredVm;
let two: DesiredVm;
let shellOfOne: GuestShell;
let shellOfTwo: GuestShell;

const shellOf = (vm: DesiredVm) => GuestShell.open(join(leftovers.folder, 'r'), vm.vmId);
const hasAddress = (shell: GuestShell, address: string) =>
  shell.until(`ip -4 addr show dev eth0 | grep -F "inet ${address}/24"`, 120_000);
const reaches = (shell: GuestShell, address: string) => shell.until(`ping -c 1 -W 2 ${address}`);
/** Percent of lost packets, out of several. */
const lost = async (shell: GuestShell, from: string, to: string) => {
  const { output } = await shell.run(`ping -c 3 -W 1 -I ${from} ${to}`, 60_000);
  return Number(/(\d+)% packet loss/.exec(output)?.[1]);
};

/** The first tells the second that the gateway is where it is itself; gives what the second believes then. */
const lieToTwo = async () => {
  await shellOfTwo.run(`ip neigh flush dev eth0; ping -c 1 -W 1 ${GATEWAY}`);
  const lie = `ip addr add ${GATEWAY}/32 dev eth0; arping -c 2 -A -I eth0 -s ${GATEWAY} ${GATEWAY}`;
  await shellOfOne.run(`${lie}; ip addr del ${GATEWAY}/32 dev eth0`, 60_000);
  return shellOfTwo.run(`ip neigh show ${GATEWAY}`);
};

(reason ? describe.skip : describe)(`guests on a managed network${reason ? ` (${reason})` : ''}`, () => {
  beforeAll(async () => {
    const guest = await ensureGuestImage();
    const content = readFileSync(guest.path);
    const digest = createHash('sha256').update(content).digest('hex');
    const virtualBytes = Number(content.readBigUInt64BE(24));
    const image = {
      templateId: '',
      digest,
      format: guest.format,
      fileBytes: content.length,
      virtualBytes,
    };
    // The store of images is outside of the namespace: the host has this one already.
    mkdirSync(join(leftovers.folder, 's/images'), { recursive: true });
    copyFileSync(guest.path, join(leftovers.folder, 's/images', digest));
    host = await TestHost.start(leftovers.folder);
    space = await TestNamespace.make(leftovers.folder, Number(new URL(host.nats.url).port));
    operator = new OperatorProcess(await compileOperator(leftovers.folder), host, space.through);
    // QEMU may open no tap itself: it has what the operator passed to it.
    for (const folder of [leftovers.folder, dirname(leftovers.folder)]) chmodSync(folder, 0o711);
    await operator.start(QEMU_USER);
    const make = (nic: Nic) => {
      const disk = { diskId: uuidv7(), bootOrder: 1, sizeBytes: virtualBytes, image, readOnly: false };
      const vm = host.vm({ nics: [nic], disks: [disk] });
      return { ...vm, machine: { ...vm.machine, memoryMib: 192 } };
    };
    one = make(nicIn(NETWORK, ONE));
    two = make(nicIn(NETWORK, TWO));
    await host.send(one);
    await host.send(two);
    await Promise.all([host.settled(one, 'running', 60_000), host.settled(two, 'running', 60_000)]);
    [shellOfOne, shellOfTwo] = await Promise.all([shellOf(one), shellOf(two)]);
  });

  afterAll(async () => {
    shellOfOne?.close();
    shellOfTwo?.close();
    await operator?.end('SIGTERM');
    const left = space?.left();
    await space?.remove();
    await host?.stop();
    await leftovers.check({ allowed: ['code/', 's/'] });
    expect(left).toEqual([]);
  });

  it('get their reserved addresses, and reach each other and the gateway', async () => {
    await Promise.all([hasAddress(shellOfOne, ONE), hasAddress(shellOfTwo, TWO)]);
    await reaches(shellOfOne, GATEWAY);
    await reaches(shellOfOne, TWO);
    await reaches(shellOfTwo, ONE);
    await shellOfOne.until(`wget -q -O - http://${TWO}/cgi-bin/info | grep -F ${TWO}`);
  });

  it('keep them over the end of the DHCP server, of the operator and of the VM', async () => {
    const [server = 0] = space.processes('dnsmasq');
    process.kill(server, 'SIGKILL');
    const another = () => space.processes('dnsmasq').some((pid) => pid !== server);
    await waitFor(another, { what: 'another DHCP server runs' });
    const { output } = await shellOfOne.run('udhcpc -n -q -f -i eth0 -s /bin/true 2>&1', 60_000);
    expect(output).toContain(`lease of ${ONE} obtained`);

    await operator.end('SIGKILL');
    await reaches(shellOfOne, TWO);
    await operator.start(QEMU_USER);
    await reaches(shellOfOne, TWO);

    shellOfOne.close();
    one = later(one, { startGeneration: one.generation + 1 });
    await host.send(one);
    await host.settled(one, 'running', 60_000);
    shellOfOne = await shellOf(one);
    await hasAddress(shellOfOne, ONE);
    await reaches(shellOfOne, GATEWAY);
    await reaches(shellOfTwo, ONE);
  });

  it('cannot speak with an address or a MAC of somebody else', async () => {
    const foreign = '10.77.0.66';
    await shellOfOne.run(`ip addr add ${foreign}/24 dev eth0`);
    expect(await lost(shellOfOne, foreign, GATEWAY)).toBe(100);
    expect(await lost(shellOfOne, ONE, GATEWAY)).toBe(0);
    const { output } = await lieToTwo();
    expect(output).toContain('lladdr');
    expect(output).not.toContain('52:54:00:77:00:01');
    await shellOfOne.run('ip link set dev eth0 address 52:54:00:77:00:99');
    expect(await lost(shellOfOne, ONE, GATEWAY)).toBe(100);
    await shellOfOne.run('ip link set dev eth0 address 52:54:00:77:00:01');
    await reaches(shellOfOne, GATEWAY);
  });

  it('can do so on a network that is not protected, from the moment that it is not', async () => {
    const open = (nic: Nic) => ({ ...nic, network: nic.network && { ...nic.network, antiSpoofing: false } });
    one = later(one, { nics: one.nics.map(open) });
    await host.send(one);
    expect((await host.settled(one, 'running')).failure).toBeUndefined();
    await shellOfOne.until(`ping -c 1 -W 2 -I 10.77.0.66 ${GATEWAY}`);
    expect((await lieToTwo()).output).toContain('52:54:00:77:00:01');
  });

  it('leave nothing', async () => {
    await host.remove(one);
    await host.remove(two);
    expect(space.left()).toEqual([]);
    expect(space.processes('dnsmasq')).toEqual([]);
  });
});
