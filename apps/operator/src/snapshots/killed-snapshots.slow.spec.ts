import { afterAll, afterEach, beforeAll, describe, it, jest } from '@jest/globals';
import { expectNoLeftovers } from '#libs/testing';
import { compileOperator } from '../../../../test/operator/compile-operator.js';
import { killDuringSnapshot, SNAPSHOT_KILLS } from '../../../../test/operator/kill-snapshots.js';
import { OperatorProcess } from '../../../../test/operator/operator-process.js';
import { TestHost } from '../../../../test/operator/test-host.js';

jest.setTimeout(60_000);

const leftovers = expectNoLeftovers('ks');
let host: TestHost;
let operator: OperatorProcess;

beforeAll(async () => {
  host = await TestHost.start(leftovers.folder);
  operator = new OperatorProcess(await compileOperator(leftovers.folder), host);
});

afterEach(() => operator.end('SIGKILL'));

afterAll(async () => {
  await host?.stop();
  await leftovers.check({ allowed: ['code/', 's/'] });
});

describe('an operator that is killed in the middle of a snapshot', () => {
  it.each(SNAPSHOT_KILLS.filter((it) => !it.always))(
    'at $point of its $during (memory: $memory) finishes it, once',
    (kill) => killDuringSnapshot(host, operator, kill),
  );
});
