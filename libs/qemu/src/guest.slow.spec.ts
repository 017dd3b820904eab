import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ensureGuestImage } from '../../../tools/provision/guest.mjs';
import {
  buildQemuArguments,
  type DiskSpec,
  diskDevice,
  diskDeviceId,
  diskNodeName,
  diskNodes,
  GUEST_AGENT_PORT,
  GuestAgentClient,
  killSameProcess,
  type LaunchedQemu,
  launchQemu,
  portPlace,
  type QemuSpec,
  QmpClient,
  runJob,
  writeOverlay,
} from './index.js';

const VM = '0198b1f0-7a11-7c3e-9d55-1f2e3d4c5b6a';
const uuid = (digit: string): string => `0198b1f0-7a11-7c3e-9d55-${digit.repeat(12)}`;
const BOOT_MS = 120_000;

describe('a real guest', () => {
  let folder: string;
  let launched: LaunchedQemu | undefined;
  const path = (name: string): string => join(folder, name);

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vman-guest-'));
  });
  afterEach(async () => {
    const { pid, startTime } = launched ?? {};
    if (pid !== undefined && startTime !== undefined) await killSameProcess({ pid, startTime, uuid: VM });
    await launched?.exited;
    await rm(folder, { recursive: true });
  });

  async function boot(type: 'q35' | 'pc'): Promise<{ qmp: QmpClient; agent: GuestAgentClient }> {
    const image = await ensureGuestImage();
    const layer = { path: path('root.qcow2'), format: 'qcow2' } as const;
    const below = { backingFile: image.path, backingFormat: 'qcow2' } as const;
    await writeOverlay({ path: layer.path, sizeBytes: 64 << 20, ...below });
    const spec: QemuSpec = {
      vmId: VM,
      accelerator: { kind: 'tcg', tbSizeMiB: 64 },
      machine: { type },
      firmware: { kind: 'bios' },
      vcpus: { count: 1 },
      memory: { sizeMiB: 256 },
      disks: [{ id: uuid('a'), layers: [layer, { path: image.path, format: 'qcow2' }], bootIndex: 0 }],
      nics: [{ id: uuid('c'), mac: '52:54:00:12:34:56', backend: { kind: 'user', forwards: [] } }],
      pidFile: path('pid'),
      qmpSocket: path('qmp.sock'),
      serial: { socket: path('serial.sock'), logPath: path('serial.log') },
      guestAgentSocket: path('ga.sock'),
      sparePorts: type === 'q35' ? 1 : 0,
    };
    const args = buildQemuArguments(spec);
    launched = await launchQemu({ binary: 'qemu-system-x86_64', args, logPath: path('log'), cwd: folder });
    const qmp = await QmpClient.connect(spec.qmpSocket, { waitMs: 10_000 });
    const opened = qmp.waitFor('VSERPORT_CHANGE', {
      timeoutMs: BOOT_MS,
      match: ({ id, open }) => id === GUEST_AGENT_PORT && open,
    });
    await qmp.execute('cont');
    await opened;
    return { qmp, agent: await GuestAgentClient.connect(path('ga.sock'), { timeoutMs: 20_000 }) };
  }

  async function powerDown(qmp: QmpClient): Promise<void> {
    const shutdown = qmp.waitFor('SHUTDOWN', { timeoutMs: 60_000 });
    await qmp.execute('system_powerdown');
    expect(await shutdown).toEqual({ guest: true, reason: 'guest-shutdown' });
    expect(await launched?.exited).toEqual({ code: 0, signal: null });
  }

  it(
    'boots on q35, obeys its agent, takes and gives back a disk, and powers off when asked',
    async () => {
      const { qmp, agent } = await boot('q35');
      await agent.ping();
      expect((await agent.osInfo()).kernelRelease).toMatch(/^\d/);
      const names = (await agent.networkInterfaces()).map(({ name }) => name);
      expect(names).toContain('lo');
      const echo = await agent.exec({ path: '/bin/sh', args: ['-c', 'echo hello'], timeoutMs: 30_000 });
      expect(echo.stdout.toString()).toBe('hello\n');

      await writeOverlay({ path: path('extra.qcow2'), sizeBytes: 1 << 30 });
      const disk: DiskSpec = { id: uuid('b'), layers: [{ path: path('extra.qcow2'), format: 'qcow2' }] };
      for (const node of diskNodes(disk)) await qmp.execute('blockdev-add', node);
      await qmp.execute('device_add', diskDevice(disk, portPlace('q35', 2)));
      const script = 'until [ -b /dev/vdb ]; do sleep 0.2; done; cat /sys/block/vdb/size';
      const size = await agent.exec({ path: '/bin/sh', args: ['-c', script], timeoutMs: 30_000 });
      expect(Number(size.stdout.toString()) * 512).toBe(1 << 30);
      const gone = qmp.waitFor('DEVICE_DELETED', {
        timeoutMs: 30_000,
        match: ({ device }) => device === diskDeviceId(disk.id),
      });
      await qmp.execute('device_del', { id: diskDeviceId(disk.id) });
      await gone;
      await qmp.execute('blockdev-del', { 'node-name': diskNodeName(disk.id) });

      const frozen = await agent.freeze();
      expect(await agent.thaw()).toBe(frozen);
      const root = diskNodeName(uuid('a'));
      const snapshot = { 'job-id': 'save', tag: 't', vmstate: root, devices: [root] };
      await runJob(qmp, 'save', () => qmp.execute('snapshot-save', snapshot), { timeoutMs: 60_000 });
      expect((await qmp.execute('query-status')).running).toBe(true);
      expect(await readFile(path('log'), 'utf8')).toBe('');
      await powerDown(qmp);
    },
    BOOT_MS * 3,
  );

  it(
    'boots on pc and powers off when asked',
    async () => {
      const { qmp, agent } = await boot('pc');
      await agent.ping();
      await powerDown(qmp);
    },
    BOOT_MS * 2,
  );
});
