import { Injectable } from '@nestjs/common';
import { VmanError } from '#libs/errors';
import type { SeenHost, Tx } from '../db-operator/index.js';
import type { Caller } from '../http/index.js';
import { audit } from '../operations/index.js';
import { lockHost } from './lock-host.js';

/** An administrator's word: what was refused is this host from now on, and what was it before is refused. */
@Injectable()
export class AcceptHost {
  async execute(tx: Tx, caller: Caller, nameOrId: string): Promise<SeenHost> {
    const { host } = await lockHost(tx, nameOrId);
    const { id, name, refused } = host;
    if (!refused) {
      throw new VmanError('invalid_state', 'Nothing was refused as this host.', {
        hint: 'Start the agent with the id of this host (VMAN_HOST_ID); then it is shown as `refused`.',
      });
    }
    const { machineId, incarnation, bootId } = refused;
    await tx.hosts.change(id, { machineId, incarnation, bootId, refused: null });
    await audit(tx, caller, 'host.accept', { kind: 'host', id, name, project: null }, null);
    const seen = await tx.hosts.get(id);
    if (!seen) throw new VmanError('not_found', 'There is no such host.');
    return seen;
  }
}
