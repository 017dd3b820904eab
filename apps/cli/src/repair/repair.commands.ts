import { type Command, Option } from 'commander';
import {
  type CreateRepairPause,
  driftKinds,
  type Repair,
  type RepairPause,
  type RepairPauseQuery,
  type RepairQuery,
  type VmanClient,
} from '#libs/client';
import { liveArgument, liveOption } from '../completion/live-names.js';
import { UsageError } from '../errors.js';
import { eachName } from '../resources/each-name.js';
import { firstOf } from '../resources/first-of.js';
import { idsOf } from '../resources/ids-of.js';
import { addGet, addList, PAGE_LIMIT } from '../resources/resource-commands.js';
import type { Session } from '../session.js';
import { parseDuration } from '../values/parse-duration.js';
import { parseCount } from '../values/parse-number.js';
import { pauseLook, repairLook } from './repair.look.js';

const SHOWN = 50;

interface PauseFlags {
  vm?: string;
  host?: string;
  fleet?: true;
  for: number;
  reason: string;
}

export function addCommands(noun: Command, session: Session): void {
  addList<Repair, RepairQuery & { limit: number }>(noun, session, {
    description: 'list what the observer had repaired, newest first',
    look: repairLook,
    path: '/v1/repairs',
    add: (command) =>
      command
        .addOption(new Option('--kind <rule>', 'only those of this rule').choices(driftKinds))
        .option('--limit <count>', 'at most so many', parseCount, SHOWN),
    items: async function* (client, { limit, vm, host, ...query }) {
      const ids = await idsOf(client, { vm, host });
      yield* firstOf(limit, client.drifts.allRepairs({ ...query, ...ids }));
    },
  });
  addGet(noun, session, {
    description: 'show a repair',
    look: repairLook,
    names: 'repair',
    item: (client, id) => client.drifts.getRepair(id),
  });
  noun
    .command('pause')
    .description('let nothing be repaired for a while')
    .addOption(liveOption('--vm <vm>', 'of this VM', 'vm'))
    .addOption(liveOption('--host <host>', 'on this host', 'host'))
    .option('--fleet', 'anywhere')
    .requiredOption('--for <time>', 'how long: 30m', parseDuration)
    .requiredOption('--reason <text>', 'why; others see it')
    .action(async (flags: PauseFlags) => {
      const client = await session.client();
      const until = new Date(session.terminal.nowMs() + flags.for).toISOString();
      const pause = await client.drifts.pause({
        scope: await scopeOf(client, flags),
        until,
        reason: flags.reason,
      });
      await session.printOutcome(`Repairs are paused until ${pause.until}: ${pause.id}`, pause.id, pause);
    });
  addList<RepairPause, RepairPauseQuery>(noun, session, {
    verb: 'pauses',
    description: 'list what is paused',
    look: pauseLook,
    path: '/v1/repair-pauses',
    items: (client, query) => client.drifts.allPauses({ ...query, limit: PAGE_LIMIT }),
  });
  noun
    .command('unpause')
    .description('end pauses')
    .addArgument(liveArgument('<pause...>', 'ids', 'pause'))
    .action((ids: string[]) =>
      eachName(session, ids, async (id) => {
        await (await session.client()).drifts.endPause(id);
        await session.printOutcome(`${id}: ended`, id, { pause: id, ended: true });
      }),
    );
}

async function scopeOf(
  client: VmanClient,
  { vm, host, fleet }: Pick<PauseFlags, 'vm' | 'host' | 'fleet'>,
): Promise<CreateRepairPause['scope']> {
  if ([vm, host, fleet].filter((it) => it !== undefined).length !== 1) {
    throw new UsageError('Give one of --vm, --host and --fleet.');
  }
  const ids = await idsOf(client, { vm, host });
  if (ids.vm !== undefined) return { kind: 'vm', id: ids.vm };
  return ids.host === undefined ? { kind: 'fleet' } : { kind: 'host', id: ids.host };
}
