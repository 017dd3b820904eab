import type { Command } from 'commander';
import { type DiskChange, type StrayDisk, type StrayDiskQuery, type VmanClient } from '#libs/client';
import type { WaitFlags } from '../progress/follow-change.js';
import { followOperation } from '../progress/follow-operation.js';
import { eachName } from '../resources/each-name.js';
import { addList, PAGE_LIMIT } from '../resources/resource-commands.js';
import { addWaitOptions } from '../resources/wait-options.js';
import type { Session } from '../session.js';
import { confirm } from '../terminal/confirm.js';
import { strayDiskLook } from './stray-disk.look.js';

/** Files in pools that no disk is known for. */
export function addStrayCommands(noun: Command, session: Session): void {
  const strays = addList<StrayDisk, StrayDiskQuery>(noun, session, {
    verb: 'strays',
    description: 'list files in pools that no disk is known for',
    look: strayDiskLook,
    path: '/v1/stray-disks',
    items: (client, query) => client.strayDisks.all({ ...query, limit: PAGE_LIMIT }),
  });
  const restore = strays
    .command('restore')
    .description('make a disk of such a file')
    .argument('<id>', 'its id')
    .argument('<name>', 'the name of the disk')
    .option('--project <project>', 'the project of the disk');
  addWaitOptions(restore).action(
    async (id: string, name: string, flags: WaitFlags & { project?: string }) => {
      const client = await session.client();
      const change = await client.strayDisks.restore(id, { name, project: flags.project });
      await tell(session, client, { name, change, done: 'restored' }, flags);
    },
  );
  const purge = strays
    .command('delete')
    .description('destroy such files in quarantine before their time')
    .argument('<id...>', 'their ids')
    .option('-y, --yes', 'do not ask', false);
  addWaitOptions(purge).action(async (ids: string[], flags: WaitFlags & { yes: boolean }) => {
    const client = await session.client();
    if (!(await confirm(session, `Destroy ${ids.join(', ')}?`, flags.yes))) {
      return session.say('Nothing was destroyed.');
    }
    await eachName(session, ids, async (id) => {
      const change = await client.strayDisks.delete(id);
      await tell(session, client, { name: id, change, done: 'destroyed' }, flags);
    });
  });
}

async function tell(
  session: Session,
  client: VmanClient,
  { name, change, done }: { name: string; change: DiskChange; done: string },
  { wait, timeout: timeoutMs }: WaitFlags,
): Promise<void> {
  const { operation } = change;
  if (operation && wait) await followOperation(session.terminal, client, operation, { timeoutMs });
  const outcome = wait ? done : `accepted, operation ${operation?.id}`;
  await session.printOutcome(`${name}: ${outcome}`, name, change);
}
