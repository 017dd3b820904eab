import type { Command } from 'commander';
import type { VmanClient } from '#libs/client';
import { type LiveNames, liveArgument } from '../completion/live-names.js';
import type { Session } from '../session.js';
import { confirm } from '../terminal/confirm.js';
import { eachName } from './each-name.js';
import { orSuggest } from './or-suggest.js';

interface DeleteHow<F> {
  description: string;
  names: LiveNames;
  add?: (command: Command) => Command;
  /** Does it, and prints how it came out. */
  remove: (client: VmanClient, name: string, flags: F) => Promise<void>;
}

/** Adds `delete NAME...`, which asks first. */
export function addDelete<F extends object>(noun: Command, session: Session, how: DeleteHow<F>): void {
  const command = noun
    .command('delete')
    .alias('rm')
    .description(how.description)
    .addArgument(liveArgument(`<${how.names}...>`, 'names or ids', how.names))
    .option('-y, --yes', 'do not ask', false);
  (how.add?.(command) ?? command).action(async (names: string[], flags: F & { yes: boolean }) => {
    const client = await session.client();
    if (!(await confirm(session, `Delete ${names.join(', ')}?`, flags.yes))) {
      return session.say('Nothing was deleted.');
    }
    await eachName(session, names, (name) =>
      orSuggest(client, how.names, name, () => how.remove(client, name, flags)),
    );
  });
}
