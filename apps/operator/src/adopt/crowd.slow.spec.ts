import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { expectNoLeftovers } from '#libs/testing';
import { compileOperator } from '../../../../test/operator/compile-operator.js';
import { adoptCrowd, launchCrowd, removeCrowd } from '../../../../test/operator/crowd.js';
import { OperatorProcess } from '../../../../test/operator/operator-process.js';
import { TestHost } from '../../../../test/operator/test-host.js';

jest.setTimeout(400_000);

const VMS = 50;
const leftovers = expectNoLeftovers('ow');
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

describe('a host of fifty VMs, one of them frozen', () => {
  it('is adopted whole: all are controlled again, and the frozen one is shown as such and delays nobody', async () => {
    const crowd = await launchCrowd(host, operator, VMS);
    const { beat } = await adoptCrowd(host, operator, crowd);
    expect(new Map(beat.vms.map((row) => [row.vmId, row.pid]))).toEqual(crowd.pids);
    const hung = beat.vms.filter((row) => row.reason === 'monitor-hung');
    expect(hung.map((row) => row.vmId)).toEqual([crowd.frozen]);
    expect(beat.vms.filter((row) => row.state === 'paused')).toHaveLength(VMS - 1);
    expect(beat.orphans).toEqual([]);

    process.kill(crowd.pids.get(crowd.frozen) ?? 0, 'SIGCONT');
    await host.rowWhere(crowd.frozen, 'it answers again', (row) => row.state === 'paused');
    await removeCrowd(host, crowd);
    for (const { vmId } of crowd.vms) expect(host.leftOf(vmId)).toEqual([]);
  });
});
