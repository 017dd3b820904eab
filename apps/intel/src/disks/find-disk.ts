import { VmanError } from '#libs/errors';
import type { DiskEntity, SeenDisk, Tx } from '../db-operator/index.js';
import type { Caller } from '../http/index.js';

const UUID = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/** By id or, within what the caller sees, by name. A foreign disk is like an absent one. */
export async function findDisk(tx: Tx, caller: Caller, idOrName: string): Promise<SeenDisk> {
  const project = caller.project ?? undefined;
  const seen = UUID.test(idOrName) ? await tx.disks.get(idOrName) : await tx.disks.byName(project, idOrName);
  if (!seen || (project !== undefined && seen.disk.project !== project)) throw noSuchDisk();
  return seen;
}

/** The same, held against other changes until the transaction ends; its VM, if it has one, is held first. */
export async function lockDisk(tx: Tx, caller: Caller, idOrName: string): Promise<SeenDisk> {
  const seen = await findDisk(tx, caller, idOrName);
  if (seen.disk.vmId) await tx.vms.lock(seen.disk.vmId);
  const disk = await tx.disks.lock(seen.disk.id);
  if (!disk) throw noSuchDisk();
  if (disk.vmId !== seen.disk.vmId)
    throw new VmanError('conflict', 'The disk changed hands at the same time.');
  return { ...seen, disk };
}

/** Refuses what needs a disk that nobody holds and nothing is done with. */
export function mustBeFree({ disk, vmName }: SeenDisk): DiskEntity {
  if (disk.vmId) {
    throw new VmanError('resource_in_use', `The VM ${vmName ?? disk.vmId} holds it.`, {
      hint: 'Detach it first: POST /v1/disks/{id}/detach.',
    });
  }
  if (disk.state === 'creating' || disk.state === 'deleting') {
    throw new VmanError('invalid_state', `The disk is ${disk.state}.`, {
      hint: 'Wait until that has ended.',
    });
  }
  if (disk.growingToBytes !== null) {
    throw new VmanError('invalid_state', 'The disk is being grown.', { hint: 'Wait until that has ended.' });
  }
  return disk;
}

const noSuchDisk = () => new VmanError('not_found', 'There is no such disk.');
