import { Injectable } from '@nestjs/common';
import { VmanError } from '#libs/errors';
import type { Tx } from '../db-operator/index.js';
import type { Caller } from '../http/index.js';
import { audit } from '../operations/index.js';
import { lockNetwork } from './find-network.js';

const NAMES_MAX = 20;

/** Forgets a network that nobody uses; addresses of it that still rest go with it. */
@Injectable()
export class DeleteNetwork {
  async execute(tx: Tx, caller: Caller, nameOrId: string): Promise<void> {
    const network = await lockNetwork(tx, caller, nameOrId);
    const users = (await tx.networks.users(network.id)).map((it) => it.name);
    if (users.length > 0) {
      const names = users.slice(0, NAMES_MAX).join(', ');
      throw new VmanError('resource_in_use', `${users.length} VMs have a NIC in it: ${names}.`);
    }
    const kept = await tx.networks.reservations(network.id);
    if (kept > 0) {
      throw new VmanError('resource_in_use', `${kept} of its addresses are reserved by hand.`, {
        hint: 'Release them first: GET /v1/addresses?state=reserved lists them.',
      });
    }
    await tx.networks.remove(network.id);
    await audit(
      tx,
      caller,
      'network.delete',
      { kind: 'network', id: network.id, name: network.name, project: network.project || null },
      null,
    );
  }
}
