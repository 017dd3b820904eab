import { type Command, Option } from 'commander';
import { type Drift, type DriftQuery, driftKinds, driftStates } from '#libs/client';
import { liveOption } from '../completion/live-names.js';
import { firstOf } from '../resources/first-of.js';
import { idsOf } from '../resources/ids-of.js';
import { addGet, addList } from '../resources/resource-commands.js';
import type { Session } from '../session.js';
import { parseCount } from '../values/parse-number.js';
import { driftLook } from './drift.look.js';

const SHOWN = 50;

export function addCommands(noun: Command, session: Session): void {
  addList<Drift, DriftQuery & { limit: number }>(noun, session, {
    description: 'list what is not as it should be, newest first',
    look: driftLook,
    add: (command) =>
      command
        .addOption(
          new Option('--state <state>', 'only those that are so; present: not over').choices(driftStates),
        )
        .addOption(new Option('--kind <rule>', 'only those of this rule').choices(driftKinds))
        .addOption(liveOption('--vm <vm>', 'only those of this VM', 'vm'))
        .addOption(liveOption('--host <host>', 'only those of this host', 'host'))
        .option('--limit <count>', 'at most so many', parseCount, SHOWN),
    items: async function* (client, { state, kind, limit, ...names }) {
      yield* firstOf(limit, client.drifts.all({ state, kind, ...(await idsOf(client, names)) }));
    },
  });
  addGet(noun, session, {
    description: 'show a drift',
    look: driftLook,
    names: 'drift',
    item: (client, id) => client.drifts.get(id),
  });
}
