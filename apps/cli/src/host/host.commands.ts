import type { Command } from 'commander';
import type { Host, HostQuery, PatchHost } from '#libs/client';
import { liveArgument } from '../completion/live-names.js';
import { UsageError } from '../errors.js';
import type { WaitFlags } from '../progress/follow-change.js';
import { eachName } from '../resources/each-name.js';
import { addGet, addList, PAGE_LIMIT } from '../resources/resource-commands.js';
import { addWaitOptions } from '../resources/wait-options.js';
import type { Session } from '../session.js';
import { parseDuration } from '../values/parse-duration.js';
import { parseFactor } from '../values/parse-factor.js';
import { addLabelChange } from '../values/parse-label.js';
import { type EnrollFlags, enrollHost } from './enroll-host.js';
import { followDrain } from './follow-drain.js';
import { hostLook } from './host.look.js';

export function addCommands(noun: Command, session: Session): void {
  addList<Host, HostQuery>(noun, session, {
    description: 'list the hosts',
    look: hostLook,
    path: '/v1/hosts',
    items: (client, query) => client.hosts.all({ ...query, limit: PAGE_LIMIT }),
  });
  addGet(noun, session, {
    description: 'show a host',
    look: hostLook,
    names: 'host',
    item: (client, name) => client.hosts.get(name),
  });
  addUpdate(noun, session);
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
  addWaitOptions(
    noun
      .command('drain')
      .description('close hosts and move their VMs that are off or have failover')
      .addArgument(liveArgument('<host...>', 'names or ids', 'host')),
  ).action(async (names: string[], flags: WaitFlags) => {
    const client = await session.client();
    await eachName(session, names, async (name) => followDrain(session, client, name, flags));
  });
  noun
    .command('maintenance')
    .description('close hosts that are going to be away')
    .addArgument(liveArgument('<host...>', 'names or ids', 'host'))
    .option('--force', 'although VMs are to run there')
    .action((names: string[], { force }: { force?: true }) =>
      eachName(session, names, async (name) => {
        const host = await (await session.client()).hosts.maintenance(name, { force });
        await session.printOutcome(`${host.name}: ${host.state}`, host.name, host);
      }),
    );
  noun
    .command('accept')
    .description('take what was refused as this host for it')
    .addArgument(liveArgument('<host>', 'name or id', 'host'))
    .action(async (name: string) => {
      const host = await (await session.client()).hosts.accept(name);
      await session.printOutcome(`${host.name}: ${host.state}`, host.name, host);
    });
  noun
    .command('enroll')
    .description("make a new host's credentials on the bus, or a host's anew; they are shown this once")
    .argument('<name>', 'a name for it')
    .option('--expires-in <time>', 'how long they are valid: 8760h', parseDuration)
    .option('--out <file>', 'write them to a new file that only you can read')
    .option('--renew', 'for the host that has this name: it keeps its id')
    .action((name: string, flags: EnrollFlags) => enrollHost(session, name, flags));
}

interface UpdateFlags {
  label?: Record<string, string | null>;
  cpuOvercommit?: number;
  memoryOvercommit?: number;
}

function addUpdate(noun: Command, session: Session): void {
  noun
    .command('update')
    .description('change the labels of hosts, and how much they take')
    .addArgument(liveArgument('<host...>', 'names or ids', 'host'))
    .option('-l, --label <change>', 'key=value sets, key- removes; repeatable', addLabelChange)
    .option('--cpu-overcommit <factor>', 'virtual CPUs for each processor: 4', parseFactor)
    .option('--memory-overcommit <factor>', 'memory of guests for that of the host: 1.2', parseFactor)
    .action(async (names: string[], { label, cpuOvercommit, memoryOvercommit }: UpdateFlags) => {
      const body: PatchHost = { labels: label as PatchHost['labels'], cpuOvercommit, memoryOvercommit };
      if (Object.values(body).every((it) => it === undefined))
        throw new UsageError('Nothing to change was given.', 'See `vman host update --help`.');
      const client = await session.client();
      await eachName(session, names, async (name) => {
        const host = await client.hosts.patch(name, body);
        await session.printOutcome(`${host.name}: changed`, host.name, host);
      });
    });
}
