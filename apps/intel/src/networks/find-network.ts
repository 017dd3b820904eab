import { VmanError } from '#libs/errors';
import type { NetworkEntity, Tx } from '../db-operator/index.js';
import type { Caller } from '../http/index.js';

const UUID = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/** By id or name, of what a project may use: its own networks and the shared ones. */
export async function networkOf(
  tx: Tx,
  project: string | undefined,
  nameOrId: string,
): Promise<NetworkEntity | undefined> {
  const found = UUID.test(nameOrId)
    ? await tx.networks.get(nameOrId)
    : await tx.networks.byName(project, nameOrId);
  const isForeign = project !== undefined && found && found.project !== '' && found.project !== project;
  return isForeign ? undefined : found;
}

/** A foreign network is like an absent one. */
export async function findNetwork(tx: Tx, caller: Caller, nameOrId: string): Promise<NetworkEntity> {
  const found = await networkOf(tx, caller.project ?? undefined, nameOrId);
  if (!found) throw new VmanError('not_found', 'There is no such network.');
  return found;
}

/** The same, to be changed or removed: held against others, and not one that VMAN needs or that others share. */
export async function lockNetwork(tx: Tx, caller: Caller, nameOrId: string): Promise<NetworkEntity> {
  const { id } = await findNetwork(tx, caller, nameOrId);
  const network = await tx.networks.lock(id);
  if (!network) throw new VmanError('not_found', 'There is no such network.');
  if (network.kind === 'user') {
    throw new VmanError('invalid_state', 'The user network is built into QEMU.', {
      hint: 'Make a network of your own.',
    });
  }
  if (caller.project !== null && network.project !== caller.project) {
    throw new VmanError('forbidden', 'The network is shared; this token works in one project.');
  }
  return network;
}
