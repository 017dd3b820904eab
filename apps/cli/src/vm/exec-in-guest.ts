import type { Command } from 'commander';
import type { GuestExec, GuestExecResult } from '#libs/client';
import { liveArgument } from '../completion/live-names.js';
import { EndWith } from '../errors.js';
import { EXIT } from '../exit-codes.js';
import { dataText } from '../output/print.js';
import type { Session } from '../session.js';
import { parseDuration } from '../values/parse-duration.js';

interface ExecFlags {
  stdin?: true;
  env?: string[];
  timeout?: number;
}

const NOTE = `
The program is run as it stands, without a shell; -- keeps its options from vman. Its exit code is that of vman:
  vman vm exec web-1 -- /bin/sh -c 'cat /proc/loadavg'`;

export function addExec(noun: Command, session: Session): void {
  noun
    .command('exec')
    .description('run a program in a guest, through the agent there')
    .addArgument(liveArgument('<vm>', 'its name or id', 'vm'))
    .argument('<program>', 'its path in the guest')
    .argument('[arguments...]', 'what it is given')
    .option('-i, --stdin', 'it reads the standard input of vman')
    .option('-e, --env <NAME=value...>', 'its environment')
    .option('--timeout <time>', 'how long it may run: 30s', parseDuration)
    .addHelpText('after', NOTE)
    .action(async (name: string, path: string, words: string[], flags: ExecFlags) => {
      const client = await session.client();
      const body: GuestExec = {
        path,
        arguments: words,
        environment: flags.env,
        stdin: flags.stdin && (await session.terminal.readStdin()),
        timeoutSeconds: flags.timeout === undefined ? undefined : Math.ceil(flags.timeout / 1000),
      };
      await show(session, await client.guests.exec(name, body));
    });
}

async function show(session: Session, result: GuestExecResult): Promise<void> {
  const { out, err } = session.terminal;
  const { format } = session;
  if (format === 'json' || format === 'yaml') return out.write(await dataText(result, format));
  out.write(result.stdout);
  err.write(result.stderr);
  if (result.stdoutTruncated || result.stderrTruncated)
    err.write('vman: output beyond the limit is left out\n');
  if (result.signal !== undefined) {
    err.write(`vman: ended by signal ${result.signal}\n`);
    throw new EndWith(EXIT.failed);
  }
  if (result.exitCode) throw new EndWith(result.exitCode);
}
