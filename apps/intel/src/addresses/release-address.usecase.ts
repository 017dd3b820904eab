import { Injectable } from '@nestjs/common';
import { VmanError } from '#libs/errors';
import type { ListedAddress, Tx } from '../db-operator/index.js';
import type { Caller } from '../http/index.js';
import { audit } from '../operations/index.js';
import { changeDesired } from '../vms/index.js';

const UUID = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/**
 * Lets go of an address by hand. A reserved one is free at once. One that a VM has is taken from it only by an admin:
 * the host stops giving it out and letting it pass, but a guest that goes on using it is not kept from that by VMAN
 * where the network has no anti-spoofing; it rests before anybody else gets it.
 */
@Injectable()
export class ReleaseAddress {
  async execute(tx: Tx, caller: Caller, id: string): Promise<void> {
    const row = await findAddress(tx, caller, id);
    if (row.state === 'resting') {
      throw new VmanError('invalid_state', `${row.address} rests already; it is free again by itself.`);
    }
    if (row.state === 'seen' || row.source === 'user') {
      throw new VmanError(
        'invalid_state',
        `Nobody can take ${row.address} from ${row.vmName}: ${whose(row)}.`,
        {
          hint: 'Remove the NIC, or change the address in the guest.',
        },
      );
    }
    if (row.state === 'held') await takeFromVm(tx, caller, row);
    else if (!(await tx.addresses.release(id))) throw noSuchAddress();
    await audit(
      tx,
      caller,
      'address.release',
      { kind: 'address', id, name: row.address, project: row.project },
      null,
    );
  }
}

export async function findAddress(tx: Tx, caller: Caller, id: string): Promise<ListedAddress> {
  const row = UUID.test(id) ? await tx.addressList.get(id) : undefined;
  if (!row || (caller.project !== null && row.project !== caller.project)) throw noSuchAddress();
  return row;
}

async function takeFromVm(tx: Tx, caller: Caller, row: ListedAddress): Promise<void> {
  if (caller.role !== 'admin') {
    throw new VmanError('forbidden', `The VM ${row.vmName} has it; only an admin takes it away.`, {
      hint: 'Remove the NIC or delete the VM: its addresses are let go with it.',
    });
  }
  const seen = row.vmId ? await tx.vms.lock(row.vmId) : undefined;
  if (!(await tx.addresses.release(row.id))) throw noSuchAddress();
  if (seen?.vm.presence !== 'present') return;
  const reason = `the address ${row.address} was taken from it`;
  await changeDesired(tx, caller, seen.vm, { kind: 'vm.update', reason });
}

const whose = ({ source }: ListedAddress) =>
  source === 'user' ? 'QEMU gives it to every guest of a user-mode NIC' : 'it was only seen in its guest';

const noSuchAddress = () => new VmanError('not_found', 'There is no such address.');
