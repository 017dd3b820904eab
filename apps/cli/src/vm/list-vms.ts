import { type Command } from 'commander';
import { type Vm, type VmQuery } from '#libs/client';
import { addList, PAGE_LIMIT } from '../resources/resource-commands.js';
import type { Session } from '../session.js';
import { vmLook } from './vm.look.js';

export function addListVms(noun: Command, session: Session): void {
  addList<Vm, VmQuery>(noun, session, {
    description: 'list VMs',
    look: vmLook,
    path: '/v1/vms',
    items: (client, query) => client.vms.all({ ...query, limit: PAGE_LIMIT }),
  });
}
