/**
 * Copies a disk of a VM that is off into a flat image and sends that to intel. The copy is a file that the next start
 * removes when this one dies. The VM goes first: a change that wants its disks ends the copy, and the export fails,
 * since a template of half of a run is of no use.
 */
import { open, rm, stat } from 'node:fs/promises';
import { VmanError } from '#libs/errors';
import { convertChain } from '#libs/qemu';
import type { ActionOf, CommandContext, CommandHandler } from '../commands/command-handler.js';
import type { Host } from '../host.js';
import { bringImages } from '../steps/bring-image.js';
import { diskSpec } from '../steps/qemu-spec.js';
import { uploadImage } from './upload-image.js';

/** Of the progress; the rest is the upload. */
const COPIED_PERCENT = 50;

export const exportDisk: CommandHandler<'exportDisk'> = {
  runs: 'beside',
  key: ({ diskId }) => `export of ${diskId}`,
  async carryOut(action, context) {
    const { host, vm, signal } = context;
    if (!vm?.desired) throw new VmanError('not_found', 'The VM is not on this host.');
    const hold = await host.holds.take(vm.vmId, signal);
    let path: string | undefined;
    try {
      try {
        path = host.pools.unfinishedDiskPath(poolOf(action), action.templateId);
        await copy(action, context, path, hold.signal);
      } finally {
        // The disk is not needed any more: the VM may start while the copy is sent.
        hold.release();
      }
      await uploadImage(action, path, context, COPIED_PERCENT);
      return undefined;
    } finally {
      if (path) await rm(path, { force: true });
    }
  },
};

async function copy(
  action: ActionOf<'exportDisk'>,
  { host, vm, command, signal, progress }: CommandContext,
  path: string,
  wanted: AbortSignal,
): Promise<void> {
  const disk = vm?.desired?.disks.find((it) => it.diskId === action.diskId);
  if (!disk) throw new VmanError('not_found', 'The VM has no such disk.');
  if (vm?.process) throw running();
  await host.pools.mustBeThere(poolOf(action));
  await bringImages(host, [disk], signal);
  const { layers } = diskSpec(disk, host);
  for (const { path: layer } of layers) {
    await stat(layer).catch(() => {
      throw new VmanError('disk_missing', 'The disk is not on this host.');
    });
  }
  await prepare(host, path, layers);
  const { user } = host.launcher.access;
  try {
    await convertChain(layers, path, {
      timeoutMs: Math.max(1, command.deadlineAtMs - host.clock.now()),
      signal: AbortSignal.any([signal, wanted]),
      confined: { user },
    });
  } catch (error) {
    if (wanted.aborted && !signal.aborted) throw running();
    throw error;
  }
  progress(COPIED_PERCENT);
}

/** Makes the empty file and lets the user that copies reach it and the layers. */
async function prepare(host: Host, path: string, layers: Parameters<typeof convertChain>[0]): Promise<void> {
  await (await open(path, 'w', 0o600)).close();
  const [top, ...below] = layers;
  if (!top) return;
  const { access } = host.launcher;
  await access.grantDisk({ layers: [{ path, format: 'qcow2' }], readOnly: false });
  await access.grantDisk({ layers: [top, ...below], readOnly: false });
}

const poolOf = ({ poolId }: ActionOf<'exportDisk'>) => poolId || undefined;

const running = () =>
  new VmanError('invalid_state', 'The VM is not stopped; a template is made of a stopped one.');
