import { Injectable } from '@nestjs/common';
import { hostState } from '#libs/domain';
import { VmanError } from '#libs/errors';
import type { Tx } from '../db-operator/index.js';
import type { Caller } from '../http/index.js';
import { openOperation } from '../operations/index.js';
import { lockHost } from './lock-host.js';

/** Closes a host and has its VMs moved; `DrainHosts` does the work. Asked for again it is the same operation. */
@Injectable()
export class DrainHost {
  async execute(tx: Tx, caller: Caller, nameOrId: string): Promise<{ hostId: string; operationId: string }> {
    const { host, silentMs, seen } = await lockHost(tx, nameOrId);
    const { id, name } = host;
    if (!seen) {
      const state = hostState({ silentMs, upkeep: host.upkeep, leaving: host.draining });
      throw new VmanError('invalid_state', `The host is ${state}: it cannot be asked to let its VMs go.`, {
        hint: 'VMs with failover are started elsewhere by themselves once their leases are over.',
      });
    }
    const open = await tx.operations.openOfHost(id, 'host.drain');
    if (open) return { hostId: id, operationId: open.id };
    await tx.hosts.setUpkeep(id, 'draining');
    await tx.hosts.tellStates({ cause: caller.origin, requestId: caller.requestId }, id);
    const resource = { kind: 'host', id, name, project: null, hostId: id } as const;
    return { hostId: id, operationId: await openOperation(tx, caller, resource, { kind: 'host.drain' }) };
  }
}
