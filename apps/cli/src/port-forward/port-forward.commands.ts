import type { Command } from 'commander';
import type { ListedPortForward, PortForwardQuery } from '#libs/client';
import { liveArgument } from '../completion/live-names.js';
import { followChange, type WaitFlags } from '../progress/follow-change.js';
import { addDelete } from '../resources/delete-command.js';
import { addGet, addList, PAGE_LIMIT } from '../resources/resource-commands.js';
import { addWaitOptions } from '../resources/wait-options.js';
import type { Session } from '../session.js';
import { addForward, type Forward } from '../values/parse-forward.js';
import { portForwardLook } from './port-forward.look.js';

export function addCommands(noun: Command, session: Session): void {
  addList<ListedPortForward, PortForwardQuery>(noun, session, {
    description: 'list ports of hosts that lead to guests',
    look: portForwardLook,
    path: '/v1/port-forwards',
    items: (client, query) => client.portForwards.all({ ...query, limit: PAGE_LIMIT }),
  });
  const create = noun
    .command('create')
    .description('let a port of the host lead to a guest')
    .addArgument(liveArgument('<vm>', 'its name or id', 'vm'))
    .argument('<ports>', 'a port of the guest, or more: 80, 8080:80, 0.0.0.0:5353:53/udp', onePair)
    .option('--nic <id>', 'left out: the first one of the VM');
  addWaitOptions(create).action(async (vm: string, ports: Forward, flags: WaitFlags & { nic?: string }) => {
    const client = await session.client();
    const change = await client.portForwards.create({ vm, nic: flags.nic, ...ports });
    await followChange(session, client, change, flags);
  });
  addGet(noun, session, {
    description: 'show a port forward',
    look: portForwardLook,
    names: 'port-forward',
    item: (client, id) => client.portForwards.get(id),
  });
  addDelete<WaitFlags>(noun, session, {
    description: 'give ports of hosts back',
    names: 'port-forward',
    add: addWaitOptions,
    remove: async (client, id, flags) =>
      followChange(session, client, await client.portForwards.delete(id), flags),
  });
}

const onePair = (text: string) => addForward(text)[0];
