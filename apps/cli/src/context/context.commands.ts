import type { Command } from 'commander';
import { liveArgument } from '../completion/live-names.js';
import { UsageError } from '../errors.js';
import type { Look } from '../output/print.js';
import type { Session } from '../session.js';
import { type ConfigFile, configPath, readConfig, writeConfig } from './config-file.js';
import { setContext } from './set-context.js';

interface Row {
  name: string;
  current: boolean;
  url: string;
  /** Never the token itself. */
  token: string;
}

const contextLook: Look<Row> = {
  name: (row) => row.name,
  columns: [
    { header: 'CURRENT', value: (row) => (row.current ? '*' : ' ') },
    { header: 'NAME', value: (row) => row.name },
    { header: 'URL', value: (row) => row.url },
    { header: 'TOKEN', value: (row) => row.token },
  ],
  facts: (row) => [
    { name: 'Name', value: row.name },
    { name: 'URL', value: row.url },
    { name: 'Token', value: row.token },
  ],
};

export function addCommands(noun: Command, session: Session): void {
  const path = configPath(session.terminal);
  noun
    .command('list')
    .alias('ls')
    .description('list the contexts')
    .action(async () => session.printList(rowsOf(await readConfig(path)), contextLook));
  noun
    .command('use')
    .description('make a context the current one')
    .addArgument(liveArgument('<context>', 'its name', 'context'))
    .action(async (name: string) => {
      const config = await readConfig(path);
      checkKnown(config, name);
      await writeConfig(path, { ...config, current: name });
      session.say(`${name} is the current context now.`);
    });
  setContext(noun, session, path);
  noun
    .command('delete')
    .alias('rm')
    .description('forget a context')
    .addArgument(liveArgument('<context>', 'its name', 'context'))
    .action(async (name: string) => {
      const config = await readConfig(path);
      checkKnown(config, name);
      const { [name]: _gone, ...contexts } = config.contexts;
      await writeConfig(path, { current: config.current === name ? undefined : config.current, contexts });
      session.say(`${name} is forgotten.`);
    });
}

function rowsOf({ current, contexts }: ConfigFile): Row[] {
  return Object.entries(contexts).map(([name, { url, token, tokenFile }]) => ({
    name,
    current: name === current,
    url,
    token: tokenFile ?? (token ? 'stored' : ''),
  }));
}

function checkKnown({ contexts }: ConfigFile, name: string): void {
  if (Object.hasOwn(contexts, name)) return;
  throw new UsageError(
    `There is no context ${name}.`,
    `There are: ${Object.keys(contexts).join(', ') || 'none'}.`,
  );
}
