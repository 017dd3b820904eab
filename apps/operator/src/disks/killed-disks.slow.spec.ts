import { afterAll, afterEach, beforeAll, expect, it, jest } from '@jest/globals';
import { expectNoLeftovers } from '#libs/testing';
import { compileOperator } from '../../../../test/operator/compile-operator.js';
import { ImageServer } from '../../../../test/operator/image-server.js';
import { type Deaths, killDiskWork } from '../../../../test/operator/kill-disk-work.js';
import { OperatorProcess } from '../../../../test/operator/operator-process.js';
import { TestHost } from '../../../../test/operator/test-host.js';

jest.setTimeout(120_000);

const leftovers = expectNoLeftovers('dks');
let host: TestHost;
let images: ImageServer;
let operator: OperatorProcess;

beforeAll(async () => {
  host = await TestHost.start(leftovers.folder);
  images = await ImageServer.start(host.bus);
  operator = new OperatorProcess(await compileOperator(leftovers.folder), host);
});

afterEach(() => operator.end('SIGKILL'));

afterAll(async () => {
  await images?.stop();
  await host?.stop();
  await leftovers.check({ allowed: ['code/', 's/', 'far/'] });
});

const POINTS: Deaths[] = [
  { create: 'operator.command.createDisk.before', grow: 'operator.command.growDisk.before' },
  { create: 'operator.command.createDisk.after', grow: 'operator.command.growDisk.after' },
  { remove: 'operator.command.removeDisk.before' },
  { remove: 'operator.command.removeDisk.after' },
];

it.each(POINTS)(
  'killed at %j, the next operator finishes the work on a disk and leaves nothing',
  async (deaths) => {
    await killDiskWork({ host, operator, images }, deaths);
    expect(host.beats.at(-1)?.pools.every((it) => it.available)).toBe(true);
  },
);
