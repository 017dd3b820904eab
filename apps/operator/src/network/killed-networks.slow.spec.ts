import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { expectNoLeftovers } from '#libs/testing';
import { compileOperator } from '../../../../test/operator/compile-operator.js';
import { managedNetwork, nicIn } from '../../../../test/operator/network-builders.js';
import { OperatorProcess } from '../../../../test/operator/operator-process.js';
import { later, TestHost } from '../../../../test/operator/test-host.js';
import { openTaps, TestNamespace, whyNoNamespaces } from '../../../../test/operator/test-namespace.js';

jest.setTimeout(60_000);

const reason = whyNoNamespaces();
const leftovers = expectNoLeftovers('kn');
const MAKING = [
  'operator.ensure-network.before',
  'operator.network.nic-recorded',
  'operator.network.recorded',
  'operator.network.made',
  'operator.network.serving',
  'operator.ensure-network.after',
  'operator.reserve-address.before',
  'operator.network.reserved',
  'operator.reserve-address.after',
  'operator.make-tap.before',
  'operator.make-tap.created',
  'operator.make-tap.after',
];
const ADDING = ['operator.attach-nic.tap-passed', 'operator.attach-nic.backed'];
const UNWANTED = ['operator.network.recorded', 'operator.network.serving', 'operator.make-tap.created'];
const REMOVING = ['operator.remove-tap.before', 'operator.network.tap-removed', 'operator.remove-tap.after'];

let host: TestHost;
let space: TestNamespace;
let operator: OperatorProcess;

const networked = () => {
  const vm = host.vm({ nics: [nicIn(managedNetwork(), '10.77.0.11')] });
  return { ...vm, machine: { ...vm.machine, memoryMib: 32 } };
};
const die = async () => {
  expect((await operator.gone()).signal).toBe('SIGKILL');
  await operator.start();
};
const nothingIsLeft = () => {
  expect(space.left()).toEqual([]);
  expect(space.processes('dnsmasq')).toEqual([]);
};

(reason ? describe.skip : describe)(
  `an operator that is killed at networks${reason ? ` (${reason})` : ''}`,
  () => {
    beforeAll(async () => {
      host = await TestHost.start(leftovers.folder);
      space = await TestNamespace.make(leftovers.folder, Number(new URL(host.nats.url).port));
      operator = new OperatorProcess(await compileOperator(leftovers.folder), host, space.through);
    });

    afterEach(() => operator.end('SIGKILL'));

    afterAll(async () => {
      await space?.remove();
      await host?.stop();
      await leftovers.check({ allowed: ['code/', 's/'] });
    });

    it.each(MAKING)('at %s leaves what the next one completes, and removes to the last', async (point) => {
      operator.spawn({ VMAN_FAILPOINTS: `${point}=crash` });
      const vm = networked();
      await host.send(vm);
      await die();
      await host.send(vm);
      expect((await host.settled(vm, 'running')).failure).toBeUndefined();
      expect(space.processes('dnsmasq')).toHaveLength(1);
      expect(space.left().filter((name) => name.startsWith('vm-'))).toHaveLength(1);
      await host.remove(vm);
      nothingIsLeft();
    });

    it.each(UNWANTED)(
      'at %s leaves what the next one removes when nobody wants it any more',
      async (point) => {
        operator.spawn({ VMAN_FAILPOINTS: `${point}=crash` });
        const vm = networked();
        await host.send(vm);
        expect((await operator.gone()).signal).toBe('SIGKILL');
        const gone = later(vm, { presence: 'deleted', power: 'stopped' });
        await operator.start();
        await host.send(gone);
        await host.settled(gone, 'absent');
        nothingIsLeft();
      },
    );

    it.each(ADDING)('at %s gives a machine that runs its NIC all the same', async (point) => {
      await operator.start({ VMAN_FAILPOINTS: `${point}=crash` });
      const net = managedNetwork();
      const first = nicIn(net, '10.77.0.11');
      const vm = { ...networked(), nics: [first] };
      await host.send(vm);
      const { pid } = await host.settled(vm, 'running');
      const wider = later(vm, { nics: [first, nicIn(net, '10.77.0.12')] });
      await host.send(wider);
      await die();
      expect(await host.settled(wider, 'running')).toMatchObject({ pid, failure: undefined });
      expect(openTaps(pid)).toHaveLength(2);
      await host.remove(wider);
      nothingIsLeft();
    });

    it.each(REMOVING)('at %s leaves what the next one removes', async (point) => {
      await operator.start({ VMAN_FAILPOINTS: `${point}=crash` });
      const vm = networked();
      await host.send(vm);
      await host.settled(vm, 'running');
      const gone = later(vm, { presence: 'deleted', power: 'stopped' });
      await host.send(gone);
      await die();
      await host.settled(gone, 'absent');
      nothingIsLeft();
    });
  },
);
