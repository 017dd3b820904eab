import { afterAll, afterEach, beforeAll, describe, it, jest } from '@jest/globals';
import { expectNoLeftovers } from '#libs/testing';
import { compileOperator } from '../../../../test/operator/compile-operator.js';
import { ImageServer } from '../../../../test/operator/image-server.js';
import { INTERRUPTIONS } from '../../../../test/operator/interruptions.js';
import { interrupt, type Stage } from '../../../../test/operator/kill-at.js';
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
  it.each(INTERRUPTIONS.filter((it) => !it.always))(
    'at $point of a $scenario leaves what the next one can $then',
    (it) => interrupt(stage, it),
  );
});
