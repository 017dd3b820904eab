/**
 * The QEMU that holds the disks of a VM: the guest's own while it runs, otherwise one without a guest that is started
 * for this alone. That one dies with us, so that a kill of the operator never leaves a lock on a disk.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { VmanError } from '#libs/errors';
import {
  blockMachineArguments,
  type DiskSpec,
  diskNodeName,
  diskNodes,
  launchQemu,
  QmpClient,
  QmpClosedError,
  shortId,
} from '#libs/qemu';
import type { Host } from '../host.js';
import type { Vm } from '../reconcile/vm.js';
import type { LiveProcess } from '../runtime/live-process.js';
import { readLogWords } from '../runtime/log-files.js';
import { launchFailure } from '../steps/launch-failure.js';
import { makePrivateFolder } from '../storage/paths.js';

const CONNECT_MS = 15_000;

export interface BlockMachine {
  readonly client: QmpClient;
  /** Absent when the VM is off. */
  readonly live?: LiveProcess;
  /** Lets go of what was opened for the backup. */
  close(): Promise<void>;
}

/** Throws VmanError `unavailable` when QEMU does not answer, and what QEMU says of the disks. */
export async function openMachine(host: Host, vm: Vm, disks: readonly DiskSpec[]): Promise<BlockMachine> {
  for (const disk of disks) await host.launcher.access.grantDisk(disk);
  const live = vm.process;
  if (!live) return openAlone(host, vm.vmId, disks);
  const client = live.qmp;
  if (!client) throw new VmanError('unavailable', 'QEMU does not answer.');
  const opened = await openDisks(client, disks);
  return {
    client,
    live,
    close: async () => {
      if (!client.isOpen) return;
      for (const name of opened.reverse()) await client.execute('blockdev-del', { 'node-name': name });
    },
  };
}

/** Opens the disks that are not open yet; gives their nodes. */
async function openDisks(client: QmpClient, disks: readonly DiskSpec[]): Promise<string[]> {
  const nodes = await client.execute('query-named-block-nodes', { flat: true });
  const there = new Set(nodes.map((node) => node['node-name']));
  const opened: string[] = [];
  for (const { throttle, ...disk } of disks) {
    if (there.has(diskNodeName(disk.id))) continue;
    for (const node of diskNodes(disk)) {
      await client.execute('blockdev-add', node);
      opened.push(node['node-name']);
    }
  }
  return opened;
}

async function openAlone(host: Host, vmId: string, disks: readonly DiskSpec[]): Promise<BlockMachine> {
  const folder = join(host.paths.run, `b-${shortId(vmId)}`);
  const socket = join(folder, 'qmp.sock');
  await rm(folder, { recursive: true, force: true });
  await makePrivateFolder(folder);
  await host.launcher.access.ownFolder(folder);
  const log = join(folder, 'qemu.log');
  const gone = new AbortController();
  const { user } = host.launcher.access;
  const child = await launchQemu({
    binary: 'setpriv',
    args: ['--pdeathsig', 'KILL', host.qemu.binary, ...blockMachineArguments(socket)],
    logPath: log,
    cwd: folder,
    ...(user && { uid: user.uid, gid: user.gid }),
  });
  const over = child.exited.then(() => gone.abort());
  const end = async () => {
    if (!gone.signal.aborted) process.kill(child.pid, 'SIGKILL');
    await over;
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const client = await QmpClient.connect(socket, {
      waitMs: CONNECT_MS,
      signal: gone.signal,
      measure: host.measure.qmp,
    });
    await openDisks(client, disks);
    return { client, close: () => quit(client, over, end) };
  } catch (error) {
    const words = await readLogWords(log);
    await end();
    throw error instanceof QmpClosedError ? launchFailure(words) : error;
  }
}

/** Only an orderly end stores the bitmaps. */
async function quit(client: QmpClient, over: Promise<void>, end: () => Promise<void>): Promise<void> {
  await client.execute('quit', undefined, { timeoutMs: CONNECT_MS }).catch(() => undefined);
  const late = new Promise((resolve) => setTimeout(resolve, CONNECT_MS).unref());
  await Promise.race([over, late]);
  client.close();
  await end();
}
