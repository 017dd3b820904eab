import { VmanError } from '#libs/errors';
import type { SeenSnapshot, Tx } from '../db-operator/index.js';
import type { Caller } from '../http/index.js';
import { lockVm } from '../vms/index.js';

const UUID = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/** By id. A foreign one is like an absent one. */
export async function findSnapshot(tx: Tx, { project }: Caller, id: string): Promise<SeenSnapshot> {
  const seen = UUID.test(id) ? await tx.snapshots.get(id) : undefined;
  if (!seen || (project !== null && seen.snapshot.project !== project)) throw noSuchSnapshot();
  return seen;
}

/** The same with its VM, both held against other changes until the transaction ends. */
export async function lockSnapshot(tx: Tx, caller: Caller, id: string) {
  const { snapshot } = await findSnapshot(tx, caller, id);
  const { vm } = await lockVm(tx, caller, snapshot.vmId);
  const seen = await tx.snapshots.get(id);
  if (!seen) throw noSuchSnapshot();
  return { vm, seen };
}

/** Of one VM, by name or id; throws unless it can be read from. */
export async function readySnapshot(tx: Tx, vmId: string, nameOrId: string): Promise<SeenSnapshot> {
  const seen = UUID.test(nameOrId)
    ? await tx.snapshots.get(nameOrId)
    : await tx.snapshots.byName(vmId, nameOrId);
  if (seen?.snapshot.vmId !== vmId) throw noSuchSnapshot();
  checkReady(seen);
  return seen;
}

/** Throws invalid_state unless it is whole. */
export function checkReady({ snapshot, state }: SeenSnapshot): void {
  if (state === 'ready') return;
  throw new VmanError('invalid_state', `The snapshot ${snapshot.name} is ${state}.`, {
    hint: state === 'failed' ? 'Delete it, and take another one.' : 'Wait for the end of its operation.',
  });
}

const noSuchSnapshot = () => new VmanError('not_found', 'There is no such snapshot.');
