import type { Command } from 'commander';
import type { Host } from '#libs/client';
import { addGet, addList, PAGE_LIMIT } from '../resources/resource-commands.js';
import type { Session } from '../session.js';
import { hostLook } from './host.look.js';

export function addCommands(noun: Command, session: Session): void {
  addList<Host, object>(noun, session, {
    description: 'list the hosts',
    look: hostLook,
    items: (client) => client.hosts.all({ limit: PAGE_LIMIT }),
  });
  addGet(noun, session, {
    description: 'show a host',
    look: hostLook,
    names: 'host',
    item: (client, name) => client.hosts.get(name),
  });
}
