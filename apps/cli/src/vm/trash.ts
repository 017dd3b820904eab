import type { Command } from 'commander';
import type { Vm, VmQuery } from '#libs/client';
import { liveArgument } from '../completion/live-names.js';
import { followChange, type WaitFlags } from '../progress/follow-change.js';
import { eachName } from '../resources/each-name.js';
import { addList, PAGE_LIMIT } from '../resources/resource-commands.js';
import { addWaitOptions } from '../resources/wait-options.js';
import type { Session } from '../session.js';
import { trashLook } from './trash.look.js';

export function addTrash(noun: Command, session: Session): void {
  addList<Vm, VmQuery>(noun, session, {
    verb: 'trash',
    description: 'list VMs that are in the trash; `delete --purge` destroys them now',
    look: trashLook,
    path: '/v1/vms',
    omit: ['trash', 'state'],
    items: (client, query) => client.vms.all({ ...query, trash: 'only', limit: PAGE_LIMIT }),
  });
  const restore = noun
    .command('restore')
    .description('take VMs out of the trash; they stay off until they are started')
    .addArgument(liveArgument('<vm...>', 'names or ids', 'trash'));
  addWaitOptions(restore).action(async (names: string[], flags: WaitFlags) => {
    const client = await session.client();
    await eachName(session, names, async (name) =>
      followChange(session, client, await client.vms.restore(name), flags),
    );
  });
}
