import { VmanError } from '#libs/errors';
import type { SeenVm, Tx } from '../db-operator/index.js';
import type { Caller } from '../http/index.js';

const UUID = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/** By id or, within what the caller sees, by name. A foreign VM is like an absent one. */
export async function findVm(tx: Tx, caller: Caller, idOrName: string): Promise<SeenVm> {
  const project = caller.project ?? undefined;
  const seen = UUID.test(idOrName) ? await tx.vms.get(idOrName) : await tx.vms.byName(project, idOrName);
  if (!seen || (project !== undefined && seen.vm.project !== project)) throw noSuchVm();
  return seen;
}

/** The same, held against other changes until the transaction ends; one that is being deleted cannot be changed. */
export async function lockVm(tx: Tx, caller: Caller, idOrName: string): Promise<SeenVm> {
  const id = UUID.test(idOrName) ? idOrName : (await findVm(tx, caller, idOrName)).vm.id;
  const seen = await tx.vms.lock(id);
  if (!seen || (caller.project !== null && seen.vm.project !== caller.project)) throw noSuchVm();
  return seen;
}

export async function lockPresentVm(tx: Tx, caller: Caller, idOrName: string): Promise<SeenVm> {
  const seen = await lockVm(tx, caller, idOrName);
  if (seen.vm.presence !== 'present') {
    throw new VmanError('invalid_state', 'The VM is being deleted.', { hint: 'Create a new one.' });
  }
  return seen;
}

const noSuchVm = () => new VmanError('not_found', 'There is no such VM.');
