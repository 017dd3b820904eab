import { type Command, Option } from 'commander';
import { type Drift, type DriftQuery, driftKinds, driftStates } from '#libs/client';
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
    path: '/v1/drifts',
    add: (command) =>
      command
        .addOption(
          new Option('--state <state>', 'only those that are so; present: not over').choices(driftStates),
        )
        .addOption(new Option('--kind <rule>', 'only those of this rule').choices(driftKinds))
        .option('--limit <count>', 'at most so many', parseCount, SHOWN),
    items: async function* (client, { limit, vm, host, ...query }) {
      const ids = await idsOf(client, { vm, host });
      yield* firstOf(limit, client.drifts.all({ ...query, ...ids }));
    },
  });
  addGet(noun, session, {
    description: 'show a drift',
    look: driftLook,
    names: 'drift',
    item: (client, id) => client.drifts.get(id),
  });
}
