import { type Command, Option } from 'commander';
import { type Vm, type VmQuery, vmSorts, vmStates } from '#libs/client';
import { liveOption } from '../completion/live-names.js';
import { addList, PAGE_LIMIT } from '../resources/resource-commands.js';
import type { Session } from '../session.js';
import { vmLook } from './vm.look.js';

export function addListVms(noun: Command, session: Session): void {
  addList<Vm, VmQuery>(noun, session, {
    description: 'list VMs',
    look: vmLook,
    add: (command) =>
      command
        .addOption(new Option('--state <state>', 'only those in this state').choices(vmStates))
        .addOption(liveOption('--host <host>', 'only those on this host', 'host'))
        .option('-l, --label <label>', 'only those with this label: key or key=value')
        .option('--name <name>', 'only the one of this name')
        .option('--project <project>', 'only those of this project')
        .addOption(new Option('--sort <field>', 'the order').choices(vmSorts)),
    items: (client, { state, host, label, name, project, sort }) =>
      client.vms.all({ state, host, label, name, project, sort, limit: PAGE_LIMIT }),
  });
}
