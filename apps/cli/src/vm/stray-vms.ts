import type { Command } from 'commander';
import { type StrayVm, type StrayVmQuery } from '#libs/client';
import { followChange, type WaitFlags } from '../progress/follow-change.js';
import { addList, PAGE_LIMIT } from '../resources/resource-commands.js';
import { addWaitOptions } from '../resources/wait-options.js';
import type { Session } from '../session.js';
import { strayVmLook } from './stray-vm.look.js';

/** VMs that a host has and nobody knows, as after an older backup of the database was restored. */
export function addStrayVms(noun: Command, session: Session): void {
  const strays = addList<StrayVm, StrayVmQuery>(noun, session, {
    verb: 'strays',
    description: 'list VMs that a host has and nobody knows',
    look: strayVmLook,
    path: '/v1/stray-vms',
    items: (client, query) => client.strayVms.all({ ...query, limit: PAGE_LIMIT }),
  });
  const adopt = strays
    .command('adopt')
    .description('make a VM of what its host knows of it; its guest runs on')
    .argument('<id>', 'its id')
    .option('--name <name>', 'its name from now on')
    .option('--project <project>', 'its project from now on');
  addWaitOptions(adopt).action(async (id: string, flags: WaitFlags & { name?: string; project?: string }) => {
    const client = await session.client();
    const { name, project } = flags;
    await followChange(session, client, await client.strayVms.adopt(id, { name, project }), flags);
  });
}
