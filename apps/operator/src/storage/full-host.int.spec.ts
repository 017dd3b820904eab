import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import { loadConfig } from '#libs/config';
import type { Command, DesiredVm, Disk } from '#libs/contracts';
import { createLogger } from '#libs/logging';
import { diskDeviceId } from '#libs/qemu';
import { expectNoLeftovers } from '#libs/testing';
import { fillFolder } from '../../../../test/operator/fill-folder.js';
import { ImageServer } from '../../../../test/operator/image-server.js';
import { later, TestHost } from '../../../../test/operator/test-host.js';
import { type StartedOperator, startOperator } from '../start-operator.js';

const MIB = 1024 * 1024;
const mayMount = process.getuid?.() === 0 && ['/usr/bin/mount', '/bin/mount'].some((it) => existsSync(it));
const leftovers = expectNoLeftovers('fh');
const storage = join(leftovers.folder, 's');
let host: TestHost;
let images: ImageServer;
let started: StartedOperator;

beforeAll(async () => {
  mkdirSync(storage);
  if (mayMount) execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=48m', 'vman-test', storage]);
  host = await TestHost.start(leftovers.folder);
  images = await ImageServer.start(host.bus);
  const config = loadConfig('operator', { argv: [], env: host.env });
  started = await startOperator(config, createLogger({ service: 'operator', level: 'silent' }));
});

afterAll(async () => {
  await started?.app.close();
  await images?.stop();
  await host?.stop();
  // Lazily: a QEMU that a failed test left behind must not keep the mount.
  if (mayMount) execFileSync('umount', ['--lazy', storage]);
  await leftovers.check({ allowed: ['s/'] });
});

const blank = (fields: Partial<Disk> = {}): Disk => ({
  diskId: uuidv7(),
  bootOrder: 0,
  sizeBytes: 16 * MIB,
  readOnly: false,
  ...fields,
});
const fileOf = ({ diskId }: Disk) => join(storage, 'disks', `${diskId}.qcow2`);
const io = (disk: Disk, ...words: string[]) =>
  execFileSync('qemu-io', ['-f', 'qcow2', ...words.flatMap((it) => ['-c', it]), fileOf(disk)]);
const snapshotsOf = (disk: Disk): unknown[] => {
  const out = execFileSync('qemu-img', ['info', '-U', '--output=json', fileOf(disk)], { encoding: 'utf8' });
  return (JSON.parse(out) as { snapshots?: unknown[] }).snapshots ?? [];
};

async function ask(vm: DesiredVm, action: Command['action']) {
  return host.answer((await host.command(vm, action)).operationId);
}

const snapshot = (vm: DesiredVm, snapshotId: string) =>
  ask(vm, {
    $case: 'createSnapshot',
    value: {
      snapshotId,
      diskIds: vm.disks.map((it) => it.diskId),
      memory: false,
      freeze: false,
      freezeTimeoutMs: 1000,
      freezeRequired: false,
    },
  });

async function settled(fields: Partial<DesiredVm>, power: 'running' | 'stopped'): Promise<DesiredVm> {
  const vm = host.vm({ power, ...fields });
  await host.send(vm);
  await host.settled(vm, power);
  return vm;
}

(mayMount ? describe : describe.skip)('a host without room', () => {
  it('says so of an image, keeps no part of it, and fetches it once there is room', async () => {
    const other = await settled({}, 'running');
    const { pid } = await host.settled(other, 'running');
    const image = images.add(Buffer.alloc(12 * MIB, 'golden'));
    const makeRoom = fillFolder(storage, 4 * MIB);
    const vm = host.vm({ disks: [blank({ image })] });
    await host.send(vm);
    expect((await host.settled(vm, 'failed')).failure?.code).toBe('storage_full');
    expect(readdirSync(join(storage, 'images'))).toEqual([]);
    expect(existsSync(fileOf(vm.disks[0] as Disk))).toBe(false);
    expect(host.row(other.vmId)).toMatchObject({ state: 'running', pid });
    makeRoom();
    await host.settled(vm, 'running', 40_000);
    expect(readdirSync(join(storage, 'images'))).toEqual([image.digest]);
    for (const each of [vm, other]) await host.remove(each);
    rmSync(join(storage, 'images', image.digest));
  });

  it('takes no snapshot of a guest that runs, leaves nothing of it, and the guest runs on', async () => {
    const disk = blank();
    const vm = await settled({ disks: [disk] }, 'running');
    const { pid } = await host.settled(vm, 'running');
    const { qmp } = started.operator.registry.get(vm.vmId)?.vm.process ?? {};
    const device = `/machine/peripheral/${diskDeviceId(disk.diskId)}/virtio-backend`;
    await qmp?.execute('human-monitor-command', { 'command-line': `qemu-io -d ${device} "write -P 5 0 1M"` });
    const makeRoom = fillFolder(storage, 0);
    const failed = await snapshot(vm, uuidv7());
    expect(failed).toMatchObject({ status: 'failed', failure: { code: 'storage_full' } });
    makeRoom();
    expect(snapshotsOf(disk)).toEqual([]);
    expect(host.qemus(vm.vmId)).toEqual([pid]);
    expect((await snapshot(vm, uuidv7())).status).toBe('succeeded');
    await host.remove(vm);
  });

  it('sends no export, leaves no part of the copy, and the disk is what it was', async () => {
    const disk = blank();
    const vm = await settled({ disks: [disk] }, 'stopped');
    io(disk, 'write -P 5 0 12M');
    const intel = createServer((_request, response) => response.writeHead(500).end());
    await new Promise<void>((done) => intel.listen(0, '127.0.0.1', done));
    const { port } = intel.address() as { port: number };
    const makeRoom = fillFolder(storage, 4 * MIB);
    const templateId = uuidv7();
    const url = `http://127.0.0.1:${port}/internal/templates/${templateId}/content`;
    const value = { diskId: disk.diskId, poolId: '', templateId, url, ticket: 'ticket' };
    const failed = await ask(vm, { $case: 'exportDisk', value });
    expect(failed).toMatchObject({ status: 'failed', failure: { code: 'storage_full' } });
    expect(readdirSync(join(storage, 'disks'))).toEqual([`${disk.diskId}.qcow2`]);
    makeRoom();
    intel.close();
    io(disk, 'read -P 5 0 12M');
    await host.remove(vm);
  });

  it('does not put a disk back to a snapshot in part: it is what it was, or what it is to be', async () => {
    const disk = blank();
    const vm = await settled({ disks: [disk] }, 'stopped');
    io(disk, 'write -P 5 0 8M');
    const snapshotId = uuidv7();
    expect((await snapshot(vm, snapshotId)).status).toBe('succeeded');
    io(disk, 'write -P 6 0 8M');
    // Room for what the operator notes of the VM, none for what the disk needs.
    const makeRoom = fillFolder(storage, 48 * 1024);
    const diskIds = [disk.diskId];
    const generation = vm.generation + 1;
    const restore = { snapshotId, restoreGeneration: generation, memory: false, diskIds };
    const wanted = later(vm, { restore });
    await host.send(wanted);
    const row = await host.rowWhere(
      vm.vmId,
      'the restore has ended',
      (it) => it.observedGeneration === generation,
    );
    makeRoom();
    expect([undefined, 'storage_full']).toContain(row.failure?.code);
    io(disk, `read -P ${row.failure ? 6 : 5} 0 8M`);
    execFileSync('qemu-img', ['check', '-q', fileOf(disk)]);
    await host.remove(wanted);
  });
});
