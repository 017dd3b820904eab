import { mkdtemp, open, readdir, readFile, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { freePort } from '#libs/testing';
import {
  addHostForward,
  bootId,
  buildQemuArguments,
  type DiskSpec,
  diskDevice,
  diskNodeName,
  diskNodes,
  type ForwardSpec,
  isSameProcess,
  killSameProcess,
  type LaunchedQemu,
  launchQemu,
  listHostForwards,
  netdevId,
  portPlace,
  type QemuSpec,
  QmpBusyError,
  QmpClient,
  QmpClosedError,
  removeHostForward,
  runJob,
  writeOverlay,
  writeRaw,
} from './index.js';

const VM = '0198b1f0-7a11-7c3e-9d55-1f2e3d4c5b6a';
const DISK = '0198b1f0-7a11-7c3e-9d55-aaaaaaaaaaaa';
const EXTRA = '0198b1f0-7a11-7c3e-9d55-bbbbbbbbbbbb';
const NIC = '0198b1f0-7a11-7c3e-9d55-cccccccccccc';
const forwardFrom = (hostPort: number): ForwardSpec => ({
  protocol: 'tcp',
  hostAddress: '127.0.0.1',
  hostPort,
  guestPort: 80,
});

describe('a real QEMU', () => {
  let folder: string;
  let launched: LaunchedQemu | undefined;
  let forward: ForwardSpec;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vman,qemu '));
    launched = undefined;
    forward = forwardFrom(await freePort());
  });

  afterEach(async () => {
    const { pid, startTime } = launched ?? {};
    if (pid !== undefined && startTime !== undefined) await killSameProcess({ pid, startTime, uuid: VM });
    await launched?.exited;
    await rm(folder, { recursive: true });
  });

  const path = (name: string): string => join(folder, name);

  function specOf(change: Partial<QemuSpec> = {}): QemuSpec {
    return {
      vmId: VM,
      accelerator: { kind: 'tcg', tbSizeMiB: 64 },
      machine: { type: 'q35' },
      firmware: { kind: 'bios' },
      vcpus: { count: 1, max: 4 },
      memory: { sizeMiB: 128, hotplug: { slots: 4, maxMiB: 1024 } },
      disks: [
        {
          id: DISK,
          layers: [
            { path: path('top.qcow2'), format: 'qcow2' },
            { path: path('base.raw'), format: 'raw' },
          ],
          bootIndex: 1,
          throttle: { iopsTotal: 500 },
        },
      ],
      nics: [{ id: NIC, mac: '52:54:00:12:34:56', backend: { kind: 'user', forwards: [forward] } }],
      seedPath: path('seed.iso'),
      pidFile: path('pid'),
      qmpSocket: path('qmp.sock'),
      serial: { socket: path('serial.sock'), logPath: path('serial.log') },
      guestAgentSocket: path('ga.sock'),
      sparePorts: 2,
      vncSocket: path('vnc.sock'),
      watchdog: 'reset',
      panicDevice: true,
      onReboot: 'exit',
      ...change,
    };
  }

  async function makeDisks(): Promise<void> {
    await writeRaw({ path: path('base.raw'), sizeBytes: 8 << 20, fsync: false });
    await writeRaw({ path: path('seed.iso'), sizeBytes: 1 << 20, fsync: false });
    await writeOverlay({
      path: path('top.qcow2'),
      sizeBytes: 64 << 20,
      backingFile: path('base.raw'),
      backingFormat: 'raw',
    });
  }

  async function start(spec: QemuSpec): Promise<QmpClient> {
    launched = await launchQemu({
      binary: 'qemu-system-x86_64',
      args: buildQemuArguments(spec),
      logPath: path('qemu.log'),
      cwd: folder,
    });
    const gone = new AbortController();
    void launched.exited.then(() => gone.abort());
    try {
      return await QmpClient.connect(spec.qmpSocket, { waitMs: 10_000, signal: gone.signal });
    } catch (error) {
      throw new Error(`QEMU did not start: ${await readFile(path('qemu.log'), 'utf8')}`, { cause: error });
    }
  }

  it('is passed open files that it may not open itself, between other commands', async () => {
    await makeDisks();
    const client = await start(specOf());
    const file = await open(path('passed'), 'w+');
    const [first, , last] = await Promise.all([
      client.execute('query-uuid'),
      client.execute('getfd', { fdname: 'passed' }, { passing: file.fd }),
      client.execute('query-status'),
    ]);
    await file.close();
    expect([first.UUID, last.status]).toEqual([VM, 'prelaunch']);
    const held = async () => {
      const folder = `/proc/${launched?.pid}/fd`;
      const links = (await readdir(folder)).map((fd) => readlink(join(folder, fd)).catch(() => ''));
      return (await Promise.all(links)).includes(path('passed'));
    };
    expect(await held()).toBe(true);
    await client.execute('closefd', { fdname: 'passed' });
    expect(await held()).toBe(false);
    client.close();
    const late = client.execute('getfd', { fdname: 'late' }, { passing: 0 });
    await expect(late).rejects.toBeInstanceOf(QmpClosedError);
  });

  it.each<[string, Partial<QemuSpec>]>([
    ['q35 with everything', {}],
    ['pc', { machine: { type: 'pc', version: '7.2' }, sparePorts: 0 }],
    ['q35 of a version', { machine: { type: 'q35', version: '7.2' }, cpuModel: 'max' }],
    [
      'microvm',
      {
        machine: { type: 'microvm' },
        vcpus: { count: 1 },
        memory: { sizeMiB: 128 },
        sparePorts: 0,
        vncSocket: undefined,
      },
    ],
  ])('accepts the arguments of %s without a word of complaint', async (_name, change) => {
    await makeDisks();
    const client = await start(specOf(change));
    expect(await client.execute('query-status')).toMatchObject({ status: 'prelaunch', running: false });
    expect(await client.execute('query-uuid')).toEqual({ UUID: VM });
    expect(client.version.qemu.major).toBeGreaterThanOrEqual(7);
    expect(await readFile(path('qemu.log'), 'utf8')).toBe('');
    await client.execute('cont');
    expect((await client.execute('query-status')).running).toBe(true);
    await client.execute('quit');
    await client.closed;
    expect(await launched?.exited).toEqual({ code: 0, signal: null });
  });

  it('is recognised by pid, start time and UUID until it ends, and the monitor notices the end', async () => {
    await makeDisks();
    const client = await start(specOf());
    const { pid, startTime = 0 } = launched as LaunchedQemu;
    expect(await bootId()).toMatch(/^[0-9a-f-]{36}$/);
    expect(await isSameProcess({ pid, startTime, uuid: VM })).toBe(true);
    expect(await isSameProcess({ pid, startTime: startTime + 1, uuid: VM })).toBe(false);
    expect(await isSameProcess({ pid, startTime, uuid: DISK })).toBe(false);
    expect(await killSameProcess({ pid, startTime, uuid: VM })).toBe(true);
    expect(['eof', 'reset']).toContain(await client.closed);
    await launched?.exited;
    expect(await killSameProcess({ pid, startTime, uuid: VM })).toBe(false);
  });

  it('greets one client only, and the second one is told so', async () => {
    await makeDisks();
    const client = await start(specOf());
    await expect(QmpClient.connect(path('qmp.sock'), { timeoutMs: 200 })).rejects.toThrow(QmpBusyError);
    client.close();
    const second = await QmpClient.connect(path('qmp.sock'));
    second.close();
  });

  it('adds, lists and removes port forwards while it runs', async () => {
    await makeDisks();
    const client = await start(specOf());
    const other = { ...forward, hostPort: await freePort(), guestPort: 22 };
    await addHostForward(client, NIC, other);
    await expect(addHostForward(client, NIC, other)).rejects.toMatchObject({ errorClass: 'PortInUse' });
    const listed = (await listHostForwards(client)).get(netdevId(NIC));
    expect(listed).toEqual(expect.arrayContaining([forward, other]));
    expect(await removeHostForward(client, NIC, other)).toBe(true);
    expect(await removeHostForward(client, NIC, other)).toBe(false);
    expect((await listHostForwards(client)).get(netdevId(NIC))).toEqual([forward]);
    client.close();
  });

  it('takes a disk into a spare port and keeps its node while it is used', async () => {
    await makeDisks();
    const client = await start(specOf());
    await writeOverlay({ path: path('extra.qcow2'), sizeBytes: 1 << 30 });
    const disk: DiskSpec = { id: EXTRA, layers: [{ path: path('extra.qcow2'), format: 'qcow2' }] };
    for (const node of diskNodes(disk)) await client.execute('blockdev-add', node);
    await client.execute('device_add', diskDevice(disk, portPlace('q35', 3)));
    const nodes = (await client.execute('query-block')).map(({ inserted }) => inserted?.['node-name']);
    expect(nodes).toContain(diskNodeName(EXTRA));
    const remove = client.execute('blockdev-del', { 'node-name': diskNodeName(EXTRA) });
    await expect(remove).rejects.toThrow(/in use/);
    client.close();
  });

  it('runs a snapshot job to its end and tells why a second one of that name fails', async () => {
    await makeDisks();
    const client = await start(specOf());
    const node = diskNodeName(DISK);
    const save = (id: string) =>
      runJob(
        client,
        id,
        () => client.execute('snapshot-save', { 'job-id': id, tag: 's1', vmstate: node, devices: [node] }),
        { timeoutMs: 20_000 },
      );
    await save('job1');
    await expect(save('job2')).rejects.toThrow(/already exists/);
    expect(await client.execute('query-jobs')).toEqual([]);
    client.close();
  });
});
