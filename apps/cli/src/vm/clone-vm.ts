import type { Command } from 'commander';
import { liveArgument } from '../completion/live-names.js';
import { followChange, type WaitFlags } from '../progress/follow-change.js';
import { addWaitOptions } from '../resources/wait-options.js';
import type { Session } from '../session.js';

export function addCloneVm(noun: Command, session: Session): void {
  const command = noun
    .command('clone')
    .description('make a new VM with copies of the disks of another')
    .addArgument(liveArgument('<vm>', 'its name or id', 'vm'))
    .argument('<name>', 'the name of the new one')
    .option('--snapshot <name>', 'as a snapshot holds them; left out: as they are now')
    .option('--stopped', 'do not start it');
  addWaitOptions(command).action(
    async (vm: string, name: string, flags: WaitFlags & { snapshot?: string; stopped?: true }) => {
      const client = await session.client();
      const { snapshot, stopped } = flags;
      const change = await client.snapshots.clone(vm, { name, snapshot, start: stopped ? false : undefined });
      await followChange(session, client, change, flags);
    },
  );
}
