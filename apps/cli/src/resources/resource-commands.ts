import { type Command, Option } from 'commander';
import { collect, type VmanClient } from '#libs/client';
import { type LiveNames, liveArgument } from '../completion/live-names.js';
import type { Look } from '../output/print.js';
import type { Session } from '../session.js';
import { watchItem } from '../watch/watch-item.js';
import { watchList } from '../watch/watch-list.js';
import { addFilters } from './add-filters.js';
import { orSuggest } from './or-suggest.js';

export const PAGE_LIMIT = 1000;

/**
 * Adds `list`, or what is listed under another `verb`, with every filter that the API has for the list at `path`; `add`
 * adds those that differ, and `items` asks for what they leave.
 */
export function addList<T, O extends object>(
  noun: Command,
  session: Session,
  how: {
    description: string;
    look: Look<T>;
    path: string;
    verb?: string;
    /** Filters that the verb stands for. */
    omit?: readonly string[];
    add?: (command: Command) => Command;
    items: (client: VmanClient, options: O) => AsyncIterable<T>;
  },
): Command {
  const command = how.verb === undefined ? noun.command('list').alias('ls') : noun.command(how.verb);
  command.description(how.description);
  const filtered = addFilters(how.add?.(command) ?? command, how.path, how.omit);
  return filtered.addOption(watchOption()).action(async ({ watch, ...options }: O & { watch?: true }) => {
    const client = await session.client();
    const read = () => collect(how.items(client, options as unknown as O));
    if (watch) await watchList(session, client, read, how.look);
    else await session.printList(await read(), how.look);
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
      const read = () => how.item(client, name);
      if (options.watch) await watchItem(session, client, read, how.look);
      else await session.printItem(await orSuggest(client, how.names, name, read), how.look);
    });
}

const watchOption = () =>
  new Option('-w, --watch', 'go on showing what changes, as it changes, until Ctrl-C');
