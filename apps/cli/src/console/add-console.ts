import type { Command } from 'commander';
import { liveArgument } from '../completion/live-names.js';
import { UsageError } from '../errors.js';
import type { Session } from '../session.js';
import { parseDuration } from '../values/parse-duration.js';
import { parseCount } from '../values/parse-number.js';
import { ESCAPE_DEFAULT, parseEscape } from './escape-key.js';

interface ConsoleFlags {
  escape: string;
  replayBytes?: number;
  quiet: number;
}
interface ScreenFlags {
  port?: number;
  socket?: string;
  keep: boolean;
}

const QUIET_MS = 2_000;
const NOTE = `
Every key goes to the guest, Ctrl-C too; Ctrl-] leaves. Piped, the input is typed at the guest, and the command ends
when the guest has been quiet for a while:
  printf 'root\\nuptime\\n' | vman vm console web-1`;

export function addConsole(noun: Command, session: Session): void {
  noun
    .command('console')
    .description('type at the serial console of a VM')
    .addArgument(liveArgument('<vm>', 'its name or id', 'vm'))
    .option('--escape <key>', 'the key that leaves: ^A; or none', ESCAPE_DEFAULT)
    .option('--replay-bytes <count>', 'how much of its last output is shown first', parseCount)
    .option('--quiet <time>', 'piped: how long the guest has to be quiet at the end', parseDuration, QUIET_MS)
    .addHelpText('after', NOTE)
    .action(async (vm: string, flags: ConsoleFlags) => {
      const leave = parseEscape(flags.escape);
      const { serialConsole } = await import('./serial-console.js');
      await serialConsole(session, vm, { leave, replayBytes: flags.replayBytes, quietMs: flags.quiet });
    });
  noun
    .command('screen')
    .description('show the screen of a VM to a VNC viewer on this machine')
    .addArgument(liveArgument('<vm>', 'its name or id', 'vm'))
    .option('--port <number>', 'where on 127.0.0.1 the viewer comes; left out: a free one', parseCount)
    .option('--socket <path>', 'a unix socket instead')
    .option('--keep', 'wait for the next viewer when one has left', false)
    .action(async (vm: string, flags: ScreenFlags) => {
      if (flags.port !== undefined && flags.socket !== undefined) {
        throw new UsageError('Give one of --port and --socket.');
      }
      const { showScreen } = await import('./show-screen.js');
      await showScreen(session, vm, flags);
    });
}
