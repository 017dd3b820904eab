import { type Command, Option } from 'commander';
import { collect, type VmanClient } from '#libs/client';
import { type LiveNames, liveArgument } from '../completion/live-names.js';
import { itemText, type Look, listText } from '../output/print.js';
import { watch } from '../progress/watch.js';
import type { Session } from '../session.js';

export const PAGE_LIMIT = 1000;

/** Adds `list`: `add` adds the filters, `items` asks for what they leave. */
export function addList<T, O extends object>(
  noun: Command,
  session: Session,
  how: {
    description: string;
    look: Look<T>;
    add?: (command: Command) => Command;
    items: (client: VmanClient, options: O) => AsyncIterable<T>;
  },
): void {
  const command = noun.command('list').alias('ls').description(how.description);
  (how.add?.(command) ?? command).addOption(watchOption()).action(async (options: O & { watch?: true }) => {
    const client = await session.client();
    const render = async () => listText(await collect(how.items(client, options)), how.look, session.page());
    await show(session, render, options.watch);
  });
}

/** Adds `get NAME`. */
export function addGet<T>(
  noun: Command,
  session: Session,
  how: {
    description: string;
    look: Look<T>;
    names: LiveNames;
    item: (client: VmanClient, name: string) => Promise<T>;
  },
): void {
  noun
    .command('get')
    .description(how.description)
    .addArgument(liveArgument(`<${how.names}>`, 'its name or id', how.names))
    .addOption(watchOption())
    .action(async (name: string, options: { watch?: true }) => {
      const client = await session.client();
      await show(
        session,
        async () => itemText(await how.item(client, name), how.look, session.page()),
        options.watch,
      );
    });
}

async function show(session: Session, render: () => Promise<string>, again: true | undefined): Promise<void> {
  if (again) await watch(session.terminal, render);
  else session.terminal.out.write(await render());
}

const watchOption = () => new Option('-w, --watch', 'show it again and again, until Ctrl-C');
