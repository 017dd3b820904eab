import { Injectable } from '@nestjs/common';
import type { MaintainHostInput } from '#libs/contracts/http';
import { VmanError } from '#libs/errors';
import type { SeenHost, Tx } from '../db-operator/index.js';
import type { Caller } from '../http/index.js';
import { audit } from '../operations/index.js';
import { lockHost } from './lock-host.js';

const NAMED_MAX = 10;

/** From now on the host may be away: nothing is placed again because of it. Refused while VMs are to run there. */
@Injectable()
export class MaintainHost {
  async execute(tx: Tx, caller: Caller, nameOrId: string, { force }: MaintainHostInput): Promise<SeenHost> {
    const found = await lockHost(tx, nameOrId);
    const { id, name, upkeep } = found.host;
    if (upkeep === 'maintenance') return found;
    const open = await tx.operations.openOfHost(id, 'host.drain');
    if (open) {
      throw new VmanError('invalid_state', 'The host is being drained.', {
        hint: `Wait for the operation ${open.id}, or uncordon the host first.`,
      });
    }
    const running = (await tx.vms.ofHost(id)).filter(
      (vm) => vm.presence === 'present' && vm.desiredPower !== 'stopped',
    );
    if (running.length > 0 && !force) {
      const names = running.slice(0, NAMED_MAX).map((vm) => vm.name);
      const more = running.length > names.length ? ` and ${running.length - names.length} more` : '';
      throw new VmanError('invalid_state', `VMs are to run on the host: ${names.join(', ')}${more}.`, {
        hint: 'Drain the host first, stop them, or send `force: true`: then they stay and are away with it.',
      });
    }
    await tx.hosts.setUpkeep(id, 'maintenance');
    await tx.hosts.tellStates({ cause: caller.origin, requestId: caller.requestId }, id);
    await audit(tx, caller, 'host.maintenance', { kind: 'host', id, name, project: null }, null);
    return { ...found, host: { ...found.host, upkeep: 'maintenance', cordoned: true } };
  }
}
