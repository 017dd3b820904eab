import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { DesiredVm } from '#libs/contracts';
import { expectNoLeftovers, waitFor } from '#libs/testing';
import { compileOperator } from '../../../../test/operator/compile-operator.js';
import { OperatorProcess } from '../../../../test/operator/operator-process.js';
import { later, TestHost } from '../../../../test/operator/test-host.js';

jest.setTimeout(60_000);

const leftovers = expectNoLeftovers('os');
let host: TestHost;
let operator: OperatorProcess;

beforeAll(async () => {
  host = await TestHost.start(leftovers.folder);
  operator = new OperatorProcess(await compileOperator(leftovers.folder), host);
});

afterEach(async () => {
  host.observe();
  await operator.end('SIGKILL');
});

afterAll(async () => {
  await host?.stop();
  await leftovers.check({ allowed: ['code/', 's/'] });
});

async function running(fields: Partial<DesiredVm> = {}): Promise<{ vm: DesiredVm; pid: number }> {
  const vm = host.vm(fields);
  await host.send(vm);
  return { vm, pid: (await host.settled(vm, 'running')).pid };
}

async function remove(vm: DesiredVm): Promise<void> {
  await host.remove(vm);
  expect(host.leftOf(vm.vmId)).toEqual([]);
}

const restarted = (row: { rev: { startCount: number } }, before: number) => row.rev.startCount > before;
const startsOf = (vmId: string) => host.row(vmId)?.rev.startCount ?? 0;

describe('an operator that was killed', () => {
  it('finds the same process again and controls it', async () => {
    await operator.start();
    const { vm, pid } = await running();
    const before = startsOf(vm.vmId);
    await operator.end('SIGKILL');
    expect(host.qemus(vm.vmId)).toEqual([pid]);
    await operator.start();
    const row = await host.rowWhere(
      vm.vmId,
      'adopted',
      (it) => restarted(it, before) && it.state === 'running',
    );
    expect(row).toMatchObject({ pid, lastExit: undefined });
    const paused = later(vm, { power: 'paused' });
    await host.send(paused);
    expect((await host.settled(paused, 'paused')).pid).toBe(pid);
    process.kill(pid, 'SIGKILL');
    const crashed = await host.rowWhere(vm.vmId, 'its end is seen', (it) => it.lastExit !== undefined);
    expect(crashed.lastExit).toMatchObject({ exitSeq: 1, reason: 'crash', status: '' });
    await remove(paused);
  });

  it('gives a command up after five attempts', async () => {
    await operator.start();
    const { vm } = await running();
    await operator.end('SIGTERM');
    operator.spawn({ VMAN_FAILPOINTS: 'operator.command.reset.before=crash' });
    const { operationId } = await host.command(vm, { $case: 'reset', value: {} });
    for (let attempt = 0; attempt < 5; attempt += 1) {
      await operator.gone();
      operator.spawn({ VMAN_FAILPOINTS: 'operator.command.reset.before=crash' });
    }
    expect(await host.answer(operationId)).toMatchObject({ status: 'failed', attempt: 5 });
    await remove(vm);
  }, 180_000);
});

describe('an operator', () => {
  it('that is asked to end says so and touches no guest', async () => {
    await operator.start();
    const { vm, pid } = await running();
    await operator.end('SIGTERM');
    expect(host.beats.at(-1)?.draining).toBe(true);
    expect(host.qemus(vm.vmId)).toEqual([pid]);
    await operator.start();
    await remove(vm);
  });

  it('shows a QEMU that belongs to no VM, and leaves it alone', async () => {
    await operator.start();
    const { vm, pid } = await running();
    await operator.end('SIGKILL');
    const folder = join(host.folder, 's/vms', vm.vmId);
    await rename(folder, `${host.folder}/aside`);
    await operator.start();
    const { orphans } = await waitFor(() => host.beats.find((it) => it.orphans.length > 0), {
      what: 'an orphan is shown',
    });
    expect(orphans).toEqual([{ pid, vmId: vm.vmId, reason: 'no-vm' }]);
    expect(operator.output).toContain('belongs to no VM');
    await operator.end('SIGKILL');
    await rename(`${host.folder}/aside`, folder);
    await operator.start();
    await remove(vm);
  });

  it('refuses to start beside a living one on the same storage', async () => {
    await operator.start();
    const second = new OperatorProcess(await compileOperator(leftovers.folder), host);
    second.spawn();
    expect((await second.gone()).code).toBe(1);
    expect(second.output).toContain('Another operator');
  });
});
