import { afterAll, beforeAll, describe, jest } from '@jest/globals';
import { Bus } from '#libs/bus';
import { expectNoLeftovers, silentLogger } from '#libs/testing';
import { compileOperator } from '../operator/compile-operator.js';
import { OperatorProcess } from '../operator/operator-process.js';
import { TestHost } from '../operator/test-host.js';
import { FakeHost } from './fake-host.js';
import { itKeepsTheContractOfAHost } from './host-contract.js';

jest.setTimeout(60_000);

describe('the operator', () => {
  const leftovers = expectNoLeftovers('hc');
  let host: TestHost;
  let operator: OperatorProcess;

  beforeAll(async () => {
    host = await TestHost.start(leftovers.folder);
    operator = new OperatorProcess(await compileOperator(leftovers.folder), host);
    await operator.start();
  });
  afterAll(async () => {
    await operator?.end('SIGKILL');
    await host?.stop();
    await leftovers.check({ allowed: ['code/', 's/'] });
  });

  itKeepsTheContractOfAHost(() => ({
    host,
    async kill(vmId) {
      process.kill(host.row(vmId)?.pid ?? 0, 'SIGKILL');
    },
  }));
});

describe('the fake host', () => {
  const leftovers = expectNoLeftovers('hf');
  let host: TestHost;
  let bus: Bus;
  let fake: FakeHost;

  beforeAll(async () => {
    host = await TestHost.start(leftovers.folder);
    bus = await Bus.connect({ url: host.nats.url, name: 'fake', logger: silentLogger });
    fake = new FakeHost(bus, host.hostId, 'fake');
    fake.start();
  });
  afterAll(async () => {
    await fake?.stop();
    await bus?.close();
    await host?.stop();
    await leftovers.check();
  });

  itKeepsTheContractOfAHost(() => ({ host, kill: (vmId) => fake.kill(vmId) }));
});
