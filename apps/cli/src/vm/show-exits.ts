import { Argument, type Command } from 'commander';
import { liveArgument } from '../completion/live-names.js';
import type { Session } from '../session.js';
import { parseCount } from '../values/parse-number.js';
import { exitListLook, exitLook } from './exit.look.js';

export function addExits(noun: Command, session: Session): void {
  noun
    .command('exits')
    .description('show how the last processes of a VM ended, or all about one of them')
    .addArgument(liveArgument('<vm>', 'its name or id', 'vm'))
    .addArgument(new Argument('[exit]', 'the number of an exit').argParser(parseCount))
    .action(async (name: string, sequence: number | undefined) => {
      const client = await session.client();
      if (sequence === undefined) await session.printList(await client.vms.exits(name), exitListLook);
      else await session.printItem(await client.vms.exit(name, sequence), exitLook);
    });
}
