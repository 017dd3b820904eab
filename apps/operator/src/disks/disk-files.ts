import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { DiskFile, DiskFilesReply, DiskFilesRequest } from '#libs/contracts';
import { VmanError } from '#libs/errors';
import { qcow2Size } from '#libs/qemu';
import type { Host } from '../host.js';
import type { Registry } from '../reconcile/registry.js';
import { toFailure } from '../reconcile/to-failure.js';
import { listFolder } from '../storage/paths.js';
import { heldDisks } from './held-disks.js';
import { asideOf } from './quarantine.js';

/** Leaves room in the megabyte that the bus takes. */
const PAGE = 5_000;
const IN_PLACE = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.qcow2$/;

/** The files of disks in a pool, in their places and aside, by the id of the disk. */
export async function diskFiles(
  host: Host,
  registry: Registry,
  { poolId, after }: DiskFilesRequest,
): Promise<DiskFilesReply> {
  try {
    const vms = registry.all();
    // Until then it is not known which disks they have.
    if (!vms.every((loop) => loop.adopted)) throw new VmanError('unavailable', 'The host has just started.');
    await host.pools.mustBeThere(poolId);
    const folder = dirname(host.pools.diskPath(poolId, poolId));
    const named = (await listFolder(folder)).flatMap((name) => nameOf(name) ?? []);
    const rest = named.filter((it) => it.diskId > after).sort((a, b) => (a.name < b.name ? -1 : 1));
    // All files of one disk are on one page.
    const last = rest[PAGE - 1]?.diskId;
    const page = last === undefined ? rest : rest.filter((it) => it.diskId <= last);
    const held = heldDisks(vms.map((loop) => loop.vm));
    const files = await Promise.all(page.map((it) => look(folder, it, held)));
    return {
      files: files.filter((it) => it !== undefined),
      more: page.length < rest.length,
      errorCode: '',
      errorMessage: '',
    };
  } catch (error) {
    const { code, message } = toFailure(error);
    return { files: [], more: false, errorCode: code, errorMessage: message };
  }
}

interface Named {
  name: string;
  diskId: string;
  quarantinedAtMs?: number;
}

function nameOf(name: string): Named | undefined {
  const diskId = IN_PLACE.exec(name)?.[1];
  if (diskId !== undefined) return { name, diskId };
  const aside = asideOf(name);
  return aside && { name, ...aside };
}

/** undefined: it is gone already. */
async function look(
  folder: string,
  { name, diskId, quarantinedAtMs }: Named,
  held: ReadonlySet<string>,
): Promise<DiskFile | undefined> {
  const path = join(folder, name);
  const known = await stat(path).catch(() => undefined);
  if (!known) return undefined;
  const sizeBytes = await qcow2Size(path).catch(() => 0);
  return { diskId, fileBytes: known.blocks * 512, sizeBytes, held: held.has(diskId), quarantinedAtMs };
}
