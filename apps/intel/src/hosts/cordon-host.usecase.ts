import { Injectable } from '@nestjs/common';
import type { SeenHost, Tx } from '../db-operator/index.js';
import type { Caller } from '../http/index.js';
import { audit } from '../operations/index.js';
import { lockHost } from './lock-host.js';

/** Closes a host to new VMs, or opens it again after whatever it was closed for; what runs there is not touched. */
@Injectable()
export class CordonHost {
  async execute(tx: Tx, caller: Caller, nameOrId: string, upkeep: 'cordoned' | 'open'): Promise<SeenHost> {
    const found = await lockHost(tx, nameOrId);
    const { id, name } = found.host;
    if (found.host.upkeep === upkeep) return found;
    await tx.hosts.setUpkeep(id, upkeep);
    await tx.hosts.tellStates({ cause: caller.origin, requestId: caller.requestId }, id);
    const drain = await tx.operations.openOfHost(id, 'host.drain');
    if (drain) {
      const message = 'The host was opened again, or is only to be closed.';
      await tx.operations.finish(drain.id, {
        status: 'cancelled',
        code: 'superseded',
        message,
        successorId: null,
      });
    }
    const verb = upkeep === 'open' ? 'host.uncordon' : 'host.cordon';
    await audit(tx, caller, verb, { kind: 'host', id, name, project: null }, null);
    return { ...found, host: { ...found.host, upkeep, cordoned: upkeep !== 'open' } };
  }
}
