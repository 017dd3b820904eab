import { type Command, Option } from 'commander';
import {
  ApiError,
  type CreateToken,
  collect,
  roles,
  type Token,
  type TokenQuery,
  type VmanClient,
} from '#libs/client';
import { liveArgument } from '../completion/live-names.js';
import { UsageError } from '../errors.js';
import { eachName } from '../resources/each-name.js';
import { addList, PAGE_LIMIT } from '../resources/resource-commands.js';
import type { Session } from '../session.js';
import { confirm } from '../terminal/confirm.js';
import { parseDuration } from '../values/parse-duration.js';
import { timeAfter } from '../values/time-after.js';
import { tokenLook } from './token.look.js';

interface CreateFlags {
  role: CreateToken['role'];
  project?: string;
  expiresIn?: number;
}

export function addCommands(noun: Command, session: Session): void {
  addList<Token, TokenQuery>(noun, session, {
    description: 'list tokens; the tokens themselves are not kept',
    look: tokenLook,
    path: '/v1/tokens',
    items: (client, query) => client.tokens.all({ ...query, limit: PAGE_LIMIT }),
  });
  noun
    .command('create')
    .description('make a token; it is shown this once')
    .argument('<name>', 'a name for it')
    .addOption(new Option('--role <role>', 'what it may do').choices(roles).makeOptionMandatory())
    .option('--project <project>', 'the only project it sees')
    .option('--expires-in <time>', 'how long it is valid: 720h', parseDuration)
    .action(async (name: string, { role, project, expiresIn }: CreateFlags) => {
      const client = await session.client();
      const expiresAt = timeAfter(session.terminal.nowMs(), expiresIn);
      const made = await client.tokens.create({ name, role, project, expiresAt });
      // alone on standard output, so that a script can keep it
      await session.printOutcome(made.token, made.token, made);
    });
  noun
    .command('delete')
    .alias('rm')
    .description('revoke tokens')
    .addArgument(liveArgument('<token...>', 'names or ids', 'token'))
    .option('-y, --yes', 'do not ask', false)
    .action(async (names: string[], { yes }: { yes: boolean }) => {
      const client = await session.client();
      if (!(await confirm(session, `Revoke ${names.join(', ')}?`, yes))) {
        return session.say('Nothing was revoked.');
      }
      await eachName(session, names, async (name) => {
        await client.tokens.delete(await idOf(client, name));
        await session.printOutcome(`${name}: revoked`, name, { token: name, revoked: true });
      });
    });
}

/** The API deletes tokens by id alone, since their names need not be unique. */
async function idOf(client: VmanClient, nameOrId: string): Promise<string> {
  const all = await collect(client.tokens.all({ limit: PAGE_LIMIT }));
  const found = all.filter((it) => it.id === nameOrId || it.name === nameOrId);
  const [first, second] = found;
  if (first === undefined) {
    const detail = `There is no token ${nameOrId}.`;
    throw new ApiError(404, { code: 'not_found', detail, hint: 'See `vman token list`.' });
  }
  if (second !== undefined) {
    throw new UsageError(
      `There are ${found.length} tokens ${nameOrId}.`,
      'Name it by its id: `vman token list -o wide`.',
    );
  }
  return first.id;
}
