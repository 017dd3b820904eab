import { resolve } from 'node:path';
import type { Command } from 'commander';
import { UsageError } from '../errors.js';
import type { GlobalOptions, Session } from '../session.js';
import { checkedUrl } from './choose-connection.js';
import { type Context, readConfig, writeConfig } from './config-file.js';

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;

interface Given {
  url?: string;
  tokenFile?: string;
  token?: string;
}

export function setContext(noun: Command, session: Session, path: string): void {
  noun
    .command('set')
    .description('make or change a context; the first one becomes the current one')
    .argument('<context>', 'its name')
    .option('--token-stdin', 'store the token that comes on standard input')
    .option('--use', 'make it the current one')
    .addHelpText(
      'after',
      '\n--url and --token-file say where and with which token; the file is read at each use.',
    )
    .action(async (name: string, flags: { tokenStdin?: true; use?: true }, command: Command) => {
      if (!NAME.test(name)) throw new UsageError(`${name} cannot be the name of a context.`);
      const { url, tokenFile } = command.optsWithGlobals<GlobalOptions>();
      const token = flags.tokenStdin ? (await session.terminal.readStdin()).trim() : undefined;
      const config = await readConfig(path);
      const context = changed(config.contexts[name], { url, tokenFile, token });
      const contexts = { ...config.contexts, [name]: context };
      const current = flags.use ? name : (config.current ?? name);
      await writeConfig(path, { current, contexts });
      session.say(`${name}: ${context.url}${current === name ? ', the current context' : ''}`);
    });
}

/** A token given anew takes the place of the other kind. Pure. */
export function changed(before: Context | undefined, { url, tokenFile, token }: Given): Context {
  const target = url ?? before?.url;
  if (target === undefined) throw new UsageError('A new context needs --url.');
  if (token === '') throw new UsageError('Standard input holds no token.');
  const whole = { url: checkedUrl(target) };
  if (tokenFile !== undefined) return { ...whole, tokenFile: resolve(tokenFile) };
  if (token !== undefined) return { ...whole, token };
  return { ...before, ...whole };
}
