import { type Command, Option } from 'commander';
import { type Operation, type OperationQuery, operationKinds, origins, type VmanClient } from '#libs/client';
import { liveArgument } from '../completion/live-names.js';
import { followOperation, subjectOf } from '../progress/follow-operation.js';
import { eachName } from '../resources/each-name.js';
import { firstOf } from '../resources/first-of.js';
import { addGet, addList, PAGE_LIMIT } from '../resources/resource-commands.js';
import type { Session } from '../session.js';
import { parseDuration } from '../values/parse-duration.js';
import { parseCount } from '../values/parse-number.js';
import { operationLook } from './operation.look.js';

const SHOWN = 50;
type ListFlags = OperationQuery & { limit: number };

export function addCommands(noun: Command, session: Session): void {
  addList<Operation, ListFlags>(noun, session, {
    description: 'list operations, newest first',
    look: operationLook,
    path: '/v1/operations',
    add: (command) =>
      command
        .addOption(new Option('--kind <kind>', 'only those of this kind').choices(operationKinds))
        .addOption(new Option('--origin <origin>', 'only those begun by').choices(origins))
        .option('--limit <count>', 'at most so many', parseCount, SHOWN),
    items: recentOperations,
  });
  addGet(noun, session, {
    description: 'show an operation and its steps',
    look: operationLook,
    names: 'operation',
    item: (client, id) => client.operations.get(id),
  });
  noun
    .command('wait')
    .description('wait until operations end, showing their steps')
    .addArgument(liveArgument('<operation...>', 'ids', 'operation'))
    .option('--timeout <time>', 'wait no longer than this: 90s, 5m', parseDuration)
    .action(async (ids: string[], { timeout }: { timeout?: number }) => {
      const client = await session.client();
      await eachName(session, ids, async (id) => {
        const first = await client.operations.get(id);
        const ended = await followOperation(session.terminal, client, first, { timeoutMs: timeout });
        await session.printOutcome(`${ended.kind} of ${subjectOf(ended)}: ${ended.status}`, ended.id, ended);
      });
    });
  noun
    .command('cancel')
    .description('cancel operations that have not begun, or that wait for a guest')
    .addArgument(liveArgument('<operation...>', 'ids', 'operation'))
    .action(async (ids: string[]) => {
      const client = await session.client();
      await eachName(session, ids, async (id) => {
        const operation = await client.operations.cancel(id);
        await session.printOutcome(
          `${operation.kind} of ${subjectOf(operation)}: ${operation.status}`,
          id,
          operation,
        );
      });
    });
}

/** The newest ones; the list of all is long. */
async function* recentOperations(
  client: VmanClient,
  { vm, limit, ...query }: ListFlags,
): AsyncGenerator<Operation> {
  // the filter takes ids alone
  const id = vm === undefined ? undefined : (await client.vms.get(vm)).id;
  const page = Math.min(limit || 1, PAGE_LIMIT);
  yield* firstOf(limit, client.operations.all({ ...query, vm: id, limit: page }));
}
