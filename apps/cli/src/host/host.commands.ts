import type { Command } from 'commander';
import type { Host } from '#libs/client';
import { liveArgument } from '../completion/live-names.js';
import { eachName } from '../resources/each-name.js';
import { addGet, addList, PAGE_LIMIT } from '../resources/resource-commands.js';
import type { Session } from '../session.js';
import { parseDuration } from '../values/parse-duration.js';
import { type EnrollFlags, enrollHost } from './enroll-host.js';
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
  for (const verb of ['cordon', 'uncordon'] as const) {
    noun
      .command(verb)
      .description(verb === 'cordon' ? 'close hosts to new VMs' : 'open hosts to new VMs again')
      .addArgument(liveArgument('<host...>', 'names or ids', 'host'))
      .action((names: string[]) =>
        eachName(session, names, async (name) => {
          const client = await session.client();
          const host = await client.hosts[verb](name);
          await session.printOutcome(`${host.name}: ${host.state}`, host.name, host);
        }),
      );
  }
  noun
    .command('enroll')
    .description("make a new host's credentials on the bus; they are shown this once")
    .argument('<name>', 'a name for it')
    .option('--expires-in <time>', 'how long they are valid: 8760h', parseDuration)
    .option('--out <file>', 'write them to a new file that only you can read')
    .action((name: string, flags: EnrollFlags) => enrollHost(session, name, flags));
}
