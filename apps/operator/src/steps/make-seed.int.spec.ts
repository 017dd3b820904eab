import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import type { CloudInit, DesiredVm } from '#libs/contracts';
import { expectNoLeftovers } from '#libs/testing';
import { compileOperator } from '../../../../test/operator/compile-operator.js';
import { OperatorProcess } from '../../../../test/operator/operator-process.js';
import { later, TestHost } from '../../../../test/operator/test-host.js';

jest.setTimeout(60_000);

const CANARY = 'canary-of-the-seed';
const leftovers = expectNoLeftovers('se');
let host: TestHost;
let operator: OperatorProcess;

const seed = (instanceId: string): CloudInit => ({
  instanceId,
  userData: `#cloud-config\npassword: ${CANARY}\n`,
  metaData: `instance-id: ${instanceId}\n`,
  networkConfig: 'version: 2\n',
});
const inFolderOf = (vm: DesiredVm, name: string) => join(leftovers.folder, 's/vms', vm.vmId, name);
const commandLineOf = (vm: DesiredVm) => readFileSync(`/proc/${host.qemus(vm.vmId)[0]}/cmdline`, 'utf8');
const emptyDisk = () => ({ diskId: uuidv7(), bootOrder: 0, sizeBytes: 1 << 20, readOnly: false });

beforeAll(async () => {
  host = await TestHost.start(leftovers.folder);
  operator = new OperatorProcess(await compileOperator(leftovers.folder), host);
  await operator.start({ VMAN_LOG_LEVEL: 'trace' });
});
afterEach(() => host.observe());
afterAll(async () => {
  await operator?.end('SIGTERM');
  await host?.stop();
  await leftovers.check({ allowed: ['code/', 's/'] });
});

describe('the seed of a VM', () => {
  it('is a private file with the texts, given read-only behind the disks, and goes with the VM', async () => {
    const vm = host.vm({ cloudInit: seed('iid-1'), disks: [emptyDisk()] });
    await host.send(vm);
    await host.settled(vm, 'running');
    const path = inFolderOf(vm, 'seed.iso');
    expect([0o600, 0o440]).toContain(statSync(path).mode & 0o777);
    expect(readFileSync(path, 'latin1')).toContain(CANARY);
    const words = commandLineOf(vm).split('\0');
    const node = words.find((it) => it.includes('"node-name":"seed"')) ?? '{}';
    expect(JSON.parse(node)).toMatchObject({
      'read-only': true,
      file: { filename: path, 'read-only': true },
    });
    const device = words.find((it) => it.includes('"drive":"seed"')) ?? '{}';
    expect(JSON.parse(device)).toMatchObject({ driver: 'virtio-blk-pci', bus: 'rp1' });
    expect(commandLineOf(vm)).not.toContain(CANARY);
    await host.remove(vm);
    expect(host.leftOf(vm.vmId)).toEqual([]);
  });

  it('keeps its port when a disk is plugged in, also after another operator adopted the machine', async () => {
    const vm = host.vm({ cloudInit: seed('iid-1') });
    await host.send(vm);
    await host.settled(vm, 'running');
    await operator.end('SIGKILL');
    await operator.start({ VMAN_LOG_LEVEL: 'trace' });
    const grown = later(vm, { disks: [emptyDisk()] });
    await host.send(grown);
    const row = await host.settled(grown, 'running');
    expect(row).toMatchObject({ restartRequired: [], failure: undefined });
    expect(row.plugged?.diskIds).toEqual([grown.disks[0]?.diskId]);
    await host.remove(grown);
  });

  it('is made anew for the next start alone, and a VM without one keeps nothing of it', async () => {
    const vm = host.vm({ cloudInit: seed('iid-1') });
    await host.send(vm);
    await host.settled(vm, 'running');
    const path = inFolderOf(vm, 'seed.iso');
    const changed = later(vm, { cloudInit: seed('iid-2') });
    await host.send(changed);
    expect(await host.settled(changed, 'running')).toMatchObject({ restartRequired: ['cloudInit'] });
    expect(readFileSync(path, 'latin1')).toContain('iid-1');
    const again = later(changed, { startGeneration: 3 });
    await host.send(again);
    expect(await host.settled(again, 'running')).toMatchObject({ restartRequired: [] });
    expect(readFileSync(path, 'latin1')).toContain('iid-2');
    const bare = later(again, { startGeneration: 4, cloudInit: undefined });
    await host.send(bare);
    await host.settled(bare, 'running');
    expect(existsSync(path)).toBe(false);
    await host.remove(bare);
  });

  it('is in no log line and in no event', () => {
    expect(operator.output).toContain('"level"');
    expect(operator.output).not.toContain(CANARY);
    expect(JSON.stringify([host.events, host.beats, host.commandEvents])).not.toContain(CANARY);
  });
});
