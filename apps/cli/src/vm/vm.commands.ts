import type { Command } from 'commander';
import { addConsole } from '../console/add-console.js';
import { addGet } from '../resources/resource-commands.js';
import type { Session } from '../session.js';
import { addCloneVm } from './clone-vm.js';
import { addCreateVm } from './create-vm.js';
import { addDeleteVm } from './delete-vm.js';
import { addExec } from './exec-in-guest.js';
import { addExplain } from './explain-vm.js';
import { addListVms } from './list-vms.js';
import { addPowerVerbs } from './power-vm.js';
import { addExits } from './show-exits.js';
import { addLogs } from './show-logs.js';
import { addStrayVms } from './stray-vms.js';
import { addTrash } from './trash.js';
import { addUpdateVm } from './update-vm.js';
import { vmLook } from './vm.look.js';
import { addWaitForVm } from './wait-for-vm.js';

export function addCommands(noun: Command, session: Session): void {
  addListVms(noun, session);
  addCreateVm(noun, session);
  addGet(noun, session, {
    description: 'show a VM',
    look: vmLook,
    names: 'vm',
    item: (client, name) => client.vms.get(name),
  });
  addUpdateVm(noun, session);
  addPowerVerbs(noun, session);
  addWaitForVm(noun, session);
  addConsole(noun, session);
  addLogs(noun, session);
  addExplain(noun, session);
  addExits(noun, session);
  addExec(noun, session);
  addCloneVm(noun, session);
  addStrayVms(noun, session);
  addDeleteVm(noun, session);
  addTrash(noun, session);
}
