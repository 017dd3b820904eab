/**
 * A file system whose pace and room are ours to change, for the storage of one host: a loop device upon a file that
 * qemu-storage-daemon serves by FUSE through a throttle. It needs root and a kernel with both; and since a mount must
 * not outlive a killed run, the rounds are run in a mount namespace of their own.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { QmpClient } from '#libs/qemu';
import { testFolder, waitFor } from '#libs/testing';
import type { StackHost } from '../../test/e2e/stack/stack.js';
import type { VmModel } from '../workload/model.js';
import type { Ground } from './ground.js';

const run = promisify(execFile);
const DAEMON = 'qemu-storage-daemon';
const GROUP = 'pace';
/** Far more than the VMs of a round are promised, in a file that holds what was written alone. */
const SIZE_BYTES = 64 * 1024 ** 3;
const UNLIMITED = 0;

/** Whose storage it is. */
export const DISK_HOST = 'host-2';

export class HostDisk {
  private constructor(
    private readonly home: string,
    private readonly daemon: ChildProcess,
    private readonly qmp: QmpClient,
  ) {}

  /** Throws where this machine cannot do it. */
  static async make(): Promise<HostDisk> {
    const home = testFolder('disk');
    const { file, served, folder, socket } = pathsIn(home);
    for (const path of [file, served]) writeFileSync(path, '');
    truncateSync(file, SIZE_BYTES);
    mkdirSync(folder);
    const daemon = await startDaemon(file, served, socket);
    try {
      const qmp = await QmpClient.connect(socket, { waitMs: 10_000 });
      const disk = new HostDisk(home, daemon, qmp);
      await run('mkfs.ext4', ['-q', '-E', 'lazy_itable_init=1,nodiscard', served]);
      await run('mount', ['-o', 'loop,noinit_itable', served, folder]);
      return disk;
    } catch (error) {
      daemon.kill('SIGKILL');
      throw error;
    }
  }

  /** Why there can be none here; undefined when there can. */
  static async lack(): Promise<string | undefined> {
    try {
      await (await HostDisk.make()).remove();
      return undefined;
    } catch (error) {
      return (error as Error).message.trim().split('\n').at(-1);
    }
  }

  get folder(): string {
    return pathsIn(this.home).folder;
  }

  /** So many reads and writes a second from now on. */
  async slow(perSecond: number): Promise<void> {
    const limits = { 'iops-total': perSecond };
    await this.qmp.execute('qom-set', { path: GROUP, property: 'limits', value: limits });
  }

  async heal(): Promise<void> {
    await this.slow(UNLIMITED);
    rmSync(this.filler, { force: true });
  }

  /** Takes all the room but `leaveBytes`; as what others free is not taken too, they may find some. */
  async fill(leaveBytes: number): Promise<void> {
    const { stdout } = await run('df', ['--output=avail', '-B1', this.folder]);
    const free = Number(stdout.split('\n')[1]);
    await run('fallocate', ['-l', String(free - leaveBytes), this.filler]);
  }

  async remove(): Promise<void> {
    await this.heal();
    const { folder } = pathsIn(this.home);
    // What a host held open may need a moment.
    await waitFor(() => run('umount', [folder]), {
      timeoutMs: 30_000,
      everyMs: 100,
      what: 'it is unmounted',
    });
    this.qmp.close();
    const gone = once(this.daemon, 'exit');
    this.daemon.kill('SIGTERM');
    await gone;
    rmSync(this.home, { recursive: true });
  }

  private get filler(): string {
    return join(this.folder, 'filler');
  }
}

/** Of a round that has one. */
export function diskOf({ disk, stack }: Ground): { disk: HostDisk; host: StackHost } {
  const host = stack.hosts.find(({ name }) => name === DISK_HOST);
  if (!disk || !host) throw new Error('this round has no disk of its own');
  return { disk, host };
}

/** One of those that nobody starts or stops; they are spread over the hosts. */
export async function guestOn({ bystanders, stack }: Ground, { id, name }: StackHost): Promise<VmModel> {
  for (const vm of bystanders.vms) {
    if ((await stack.api.vm(vm.id)).status.host?.id === id) return vm;
  }
  throw new Error(`no bystander is on ${name}`);
}

const pathsIn = (home: string) => ({
  file: join(home, 'disk.raw'),
  served: join(home, 'served'),
  folder: join(home, 'm'),
  socket: join(home, 'qmp.sock'),
});

async function startDaemon(file: string, served: string, socket: string): Promise<ChildProcess> {
  if (process.getuid?.() !== 0) throw new Error('only root may mount');
  if (!existsSync('/dev/fuse')) throw new Error('the kernel has no FUSE');
  const daemon = spawn(
    DAEMON,
    [
      ...['--object', `throttle-group,id=${GROUP}`],
      ...['--blockdev', `driver=file,node-name=file,filename=${file},cache.no-flush=on`],
      ...['--blockdev', `driver=throttle,node-name=slow,throttle-group=${GROUP},file=file`],
      ...['--export', `type=fuse,id=e,node-name=slow,writable=on,mountpoint=${served}`],
      ...['--chardev', `socket,id=c,path=${socket},server=on,wait=off`],
      ...['--monitor', 'chardev=c'],
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let words = '';
  daemon.stderr?.on('data', (text) => (words += text));
  const ended = Promise.race([once(daemon, 'exit'), once(daemon, 'error')]).then(() => true);
  const up = waitFor(() => existsSync(socket), { timeoutMs: 10_000, everyMs: 20, what: 'it serves' });
  if ((await Promise.race([ended, up])) === true && daemon.exitCode !== null)
    throw new Error(words.trim() || `${DAEMON} did not start`);
  return daemon;
}
