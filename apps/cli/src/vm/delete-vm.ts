import type { Command } from 'commander';
import { liveArgument } from '../completion/live-names.js';
import { followChange, type WaitFlags } from '../progress/follow-change.js';
import { eachName } from '../resources/each-name.js';
import { addWaitOptions } from '../resources/wait-options.js';
import type { Session } from '../session.js';
import { confirm } from '../terminal/confirm.js';

export function addDeleteVm(noun: Command, session: Session): void {
  const command = noun
    .command('delete')
    .alias('rm')
    .description('delete VMs and their disks')
    .addArgument(liveArgument('<vm...>', 'names or ids', 'vm'))
    .option('-y, --yes', 'do not ask', false);
  addWaitOptions(command).action(async (names: string[], flags: WaitFlags & { yes: boolean }) => {
    const client = await session.client();
    const question = `Delete ${names.join(', ')} and all disks?`;
    if (!(await confirm(session, question, flags.yes))) return session.say('Nothing was deleted.');
    await eachName(session, names, async (name) =>
      followChange(session, client, await client.vms.delete(name), flags),
    );
  });
}
