import { afterAll, afterEach, beforeAll, describe, it, jest } from '@jest/globals';
import { expectNoLeftovers } from '#libs/testing';
import { compileOperator } from '../../../../test/operator/compile-operator.js';
import { ImageServer } from '../../../../test/operator/image-server.js';
import {
  killDuringDeletion,
  killDuringRepair,
  killDuringStart,
  type Stage,
} from '../../../../test/operator/kill-at.js';
import { OperatorProcess } from '../../../../test/operator/operator-process.js';
import { TestHost } from '../../../../test/operator/test-host.js';

jest.setTimeout(60_000);

const leftovers = expectNoLeftovers('ok');
let stage: Stage;

beforeAll(async () => {
  const host = await TestHost.start(leftovers.folder);
  const images = await ImageServer.start(host.bus);
  stage = { host, images, operator: new OperatorProcess(await compileOperator(leftovers.folder), host) };
});

afterEach(() => stage.operator.end('SIGKILL'));

afterAll(async () => {
  await stage?.images.stop();
  await stage?.host.stop();
  await leftovers.check({ allowed: ['code/', 's/'] });
});

describe('an operator that is killed', () => {
  it.each([
    'operator.desired.before-ack',
    'operator.launch.intent',
    'operator.launch.spawned',
    'operator.launch.connected',
  ])('at %s starts the VM once, and its deletion leaves nothing', (point) => killDuringStart(stage, point));

  it.each(['operator.power-off.after', 'operator.forget.before'])(
    'at %s of a deletion finishes it',
    (point) => killDuringDeletion(stage, point),
  );

  it.each(['operator.command.repair.after'])('at %s still carries the repair out, once', (point) =>
    killDuringRepair(stage, point),
  );
});
