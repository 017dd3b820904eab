import type { Command } from 'commander';
import { liveArgument } from '../completion/live-names.js';
import { UsageError } from '../errors.js';
import { followChange, type WaitFlags } from '../progress/follow-change.js';
import { eachName } from '../resources/each-name.js';
import { orSuggest } from '../resources/or-suggest.js';
import { addWaitOptions } from '../resources/wait-options.js';
import type { Session } from '../session.js';
import { confirm } from '../terminal/confirm.js';
import { parseDuration } from '../values/parse-duration.js';
import { timeAfter } from '../values/time-after.js';

interface DeleteFlags extends WaitFlags {
  yes: boolean;
  purge?: true;
  keepFor?: number;
}

export function addDeleteVm(noun: Command, session: Session): void {
  const command = noun
    .command('delete')
    .alias('rm')
    .description('delete VMs and their disks, or put them into the trash where there is one')
    .addArgument(liveArgument('<vm...>', 'names or ids', 'vm'))
    .option('--purge', 'destroy them now, in the trash or not')
    .option('--keep-for <time>', 'keep them in the trash for so long: 24h', parseDuration)
    .option('-y, --yes', 'do not ask', false);
  addWaitOptions(command).action(async (names: string[], flags: DeleteFlags) => {
    const { purge, keepFor } = flags;
    if (purge && keepFor !== undefined) throw new UsageError('Give one of --purge and --keep-for.');
    const purgeAt = timeAfter(session.terminal.nowMs(), keepFor);
    const client = await session.client();
    const what = names.join(', ');
    const question = keepFor === undefined ? `Delete ${what} and all disks?` : `Put ${what} into the trash?`;
    if (!(await confirm(session, question, flags.yes))) return session.say('Nothing was deleted.');
    await eachName(session, names, async (name) =>
      followChange(
        session,
        client,
        await orSuggest(client, 'vm', name, () => client.vms.delete(name, { purge, purgeAt })),
        flags,
      ),
    );
  });
}
