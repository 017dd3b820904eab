import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import type { Disk } from '#libs/contracts';
import { expectNoLeftovers, waitFor } from '#libs/testing';
import { compileOperator } from '../../../../test/operator/compile-operator.js';
import { OperatorProcess } from '../../../../test/operator/operator-process.js';
import { later, TestHost } from '../../../../test/operator/test-host.js';

jest.setTimeout(60_000);

const leftovers = expectNoLeftovers('km');
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

const blank = (): Disk => ({ diskId: uuidv7(), bootOrder: 0, sizeBytes: 1 << 20, readOnly: false });
const snapshotsOf = ({ diskId }: Disk): unknown[] => {
  const path = join(host.folder, 's/disks', `${diskId}.qcow2`);
  const out = execFileSync('qemu-img', ['info', '-U', '--output=json', path], { encoding: 'utf8' });
  return (JSON.parse(out) as { snapshots?: unknown[] }).snapshots ?? [];
};

describe('a QEMU that is killed in the middle of a snapshot', () => {
  it.each([
    ['with memory', true],
    ['of the disks', false],
  ])('%s ends it as whole or as nothing, and the VM starts again', async (_what, memory) => {
    // The record is on disk, and the operator is about to ask QEMU.
    await operator.start({ VMAN_FAILPOINTS: 'operator.snapshot.intent=pause:1500' });
    const plain = host.vm({ disks: [blank(), blank()] });
    const vm = { ...plain, machine: { ...plain.machine, memoryMib: 32 } };
    await host.send(vm);
    const { pid } = await host.settled(vm, 'running');
    const snapshotId = uuidv7();
    const { operationId } = await host.command(vm, {
      $case: 'createSnapshot',
      value: {
        snapshotId,
        diskIds: vm.disks.map((it) => it.diskId),
        memory,
        freeze: false,
        freezeTimeoutMs: 1000,
        freezeRequired: false,
      },
    });
    const records = join(host.folder, 's/snapshots', vm.vmId);
    const recordsOf = () => (existsSync(records) ? readdirSync(records) : []);
    await waitFor(() => recordsOf().length === 1, { what: 'the snapshot is begun' });
    process.kill(pid, 'SIGKILL');
    const { status, failure } = await host.answer(operationId);
    const whole = status === 'succeeded' ? 1 : 0;
    // Its memory is lost; its disks are as after a power cut.
    if (memory) expect(failure?.code).toBe('invalid_state');
    expect(recordsOf()).toHaveLength(whole);
    expect(vm.disks.map((it) => snapshotsOf(it).length)).toEqual([whole, whole]);
    const on = later(vm, { startGeneration: vm.startGeneration + 1 });
    await host.send(on);
    await host.settled(on, 'running');
    await host.remove(on);
  });
});
