import { VmanError } from '#libs/errors';
import type { SeenVm, Tx, VmEntity } from '../db-operator/index.js';
import type { Caller } from '../http/index.js';

const UUID = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/** By id or, within what the caller sees, by name. A foreign VM is like an absent one. */
export async function findVm(tx: Tx, caller: Caller, idOrName: string): Promise<SeenVm> {
  const project = caller.project ?? undefined;
  const seen = UUID.test(idOrName) ? await tx.vms.get(idOrName) : await tx.vms.byName(project, idOrName);
  if (!seen || (project !== undefined && seen.vm.project !== project)) throw noSuchVm();
  return seen;
}

/** The same, held against other changes until the transaction ends; one that is being deleted, or is in the trash, cannot be changed. */
export async function lockVm(tx: Tx, caller: Caller, idOrName: string): Promise<SeenVm> {
  const id = UUID.test(idOrName) ? idOrName : (await findVm(tx, caller, idOrName)).vm.id;
  const seen = await tx.vms.lock(id, caller.project);
  if (!seen) throw noSuchVm();
  if (caller.rejectsBusy) await refuseBusy(tx, seen.vm);
  return seen;
}

/** The changes that have looked already: what is open by then may be their own. */
const looked = new WeakSet<Tx>();

async function refuseBusy(tx: Tx, vm: VmEntity): Promise<void> {
  if (looked.has(tx)) return;
  looked.add(tx);
  const [open] = await tx.operations.openOfVm(vm.id);
  if (!open) return;
  throw new VmanError('conflict', `The operation ${open.id} (${open.kind}) of the VM is still open.`, {
    hint: 'Wait for its end, or leave out onConflict=reject to queue behind it.',
  });
}

export async function lockPresentVm(tx: Tx, caller: Caller, idOrName: string): Promise<SeenVm> {
  const seen = await lockVm(tx, caller, idOrName);
  mustBePresent(seen.vm);
  return seen;
}

/** Throws invalid_state for one that is being deleted, or is in the trash. */
export function mustBePresent({ presence, purgeAt }: VmEntity): void {
  if (presence !== 'present') {
    throw new VmanError('invalid_state', 'The VM is being deleted.', { hint: 'Create a new one.' });
  }
  if (purgeAt !== null) {
    throw new VmanError('invalid_state', 'The VM is in the trash.', {
      hint: 'Restore it first: POST /v1/vms/{id}/restore.',
    });
  }
}

const noSuchVm = () => new VmanError('not_found', 'There is no such VM.');
