import { type Command, Option } from 'commander';
import { type Event, type EventQuery, eventResourceKinds, type VmanClient } from '#libs/client';
import { liveOption } from '../completion/live-names.js';
import { dataText } from '../output/print.js';
import { addFilters } from '../resources/add-filters.js';
import { firstOf } from '../resources/first-of.js';
import { idsOf } from '../resources/ids-of.js';
import type { Session } from '../session.js';
import { safeText } from '../terminal/safe-text.js';
import { parseCount } from '../values/parse-number.js';
import { eventLine, eventLook } from './event.look.js';

interface EventFlags extends Pick<EventQuery, 'type' | 'project' | 'since' | 'until'> {
  kind?: EventQuery['resourceKind'];
  vm?: string;
  after?: number;
  limit: number;
  watch?: true;
}

const SHOWN = 50;
const PAGE = 1000;

export function addCommands(noun: Command, session: Session): void {
  const list = noun
    .command('list', { isDefault: true })
    .alias('ls')
    .description('list what happened, oldest first; -w goes on with what happens')
    .option('--type <glob>', 'only those of this type: vm.*, operation.failed')
    .addOption(new Option('--kind <kind>', 'only those about such a thing').choices(eventResourceKinds))
    .addOption(liveOption('--vm <vm>', 'only those about this VM', 'vm'))
    .option('--after <id>', 'only those after this one', parseCount)
    .option('--limit <count>', 'at most so many, the newest', parseCount, SHOWN)
    .option('-w, --watch', 'show what happens, until Ctrl-C');
  addFilters(list, '/v1/events', ['resourceKind', 'resource', 'sort']).action(async (flags: EventFlags) => {
    const client = await session.client();
    const resource = (await idsOf(client, flags)).vm;
    const { type, kind: resourceKind, project, since, until } = flags;
    const filter = onlyGiven({ type, resourceKind, resource, project, since, until });
    if (flags.watch) return follow(session, client, filter, flags.after);
    await session.printList(await newest(client, filter, flags), eventLook);
  });
}

/** The API gives the newest first; people read the other way round. */
async function newest(
  client: VmanClient,
  filter: EventQuery,
  { after = 0, limit }: EventFlags,
): Promise<Event[]> {
  const kept: Event[] = [];
  for await (const event of firstOf(limit, client.events.all({ ...filter, limit: PAGE }))) {
    if (event.id <= after) break;
    kept.push(event);
  }
  return kept.reverse();
}

/** One line an event; with `-o json` one object a line, with yaml one document. */
async function follow(
  session: Session,
  client: VmanClient,
  filter: EventQuery,
  after?: number,
): Promise<void> {
  const { out, err, interrupt } = session.terminal;
  const { format } = session;
  for await (const event of client.events.follow({ filter, after, signal: interrupt })) {
    if ('gap' in event) {
      const { oldest, newest: last } = event.gap;
      err.write(`Events are missing here: those before ${oldest} are no longer kept (now at ${last}).\n`);
    } else if (format === 'json') out.write(`${JSON.stringify(event)}\n`);
    else if (format === 'yaml') out.write(`---\n${await dataText(event, 'yaml')}`);
    else if (format === 'name') out.write(`${event.id}\n`);
    else out.write(`${safeText(eventLine(event))}\n`);
  }
}

function onlyGiven(filter: EventQuery): EventQuery {
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));
}
