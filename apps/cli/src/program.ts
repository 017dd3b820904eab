import { Command, Option } from 'commander';
import { NOUNS } from './nouns.js';
import { FORMATS } from './output/formats.js';
import { type GlobalOptions, Session } from './session.js';
import { paint } from './terminal/colour.js';
import type { Terminal } from './terminal/terminal.js';
import { VERSION } from './version.js';

const AFTER = `
To begin: \`vman doctor\`, then \`vman vm create web-1 --template demo --memory 256MiB\`, \`vman vm list -w\`,
\`vman vm console web-1\`. \`vman vm --help\` lists the verbs of a noun, \`vman vm create --help\` the options of a verb.

Where the API is and who you are: --url and --token-file, or VMAN_URL and VMAN_TOKEN (or VMAN_TOKEN_FILE), or a
context (\`vman context set\`). Exit codes: 0 done, 1 the operation failed, 2 wrong command line, 3 not found,
4 denied, 5 unreachable, 6 refused, 7 not in time. More: docs/CLI.md.`;

/** The whole command; only the nouns that `words` name have their verbs. */
export async function makeProgram(
  terminal: Terminal,
  words: readonly string[] | 'all',
): Promise<{ program: Command; session: Session }> {
  const program = new Command('vman');
  const session = new Session(terminal, () => program.opts<GlobalOptions>());
  quietExit(program, terminal)
    .description('A fleet of QEMU virtual machines, kept coherent.')
    .version(VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print the help')
    .helpCommand('help [command]', 'print the help of a command')
    .option('--url <url>', 'where the API is')
    .option('--context <name>', 'the context to use')
    .option('--token-file <path>', 'a file with the API token')
    .addOption(new Option('-o, --output <format>', 'how to print').choices(FORMATS).default('table'))
    .option('--dry-run', 'change nothing: say what the change would do')
    .configureHelp({ showGlobalOptions: true })
    .addHelpText('after', AFTER);
  for (const { name, aliases = [], description, load } of NOUNS) {
    const noun = program.command(name).aliases(aliases).description(description);
    if (words === 'all' || [name, ...aliases].some((it) => words.includes(it))) {
      (await load()).addCommands(noun, session);
    }
  }
  return { program, session };
}

/** Commander throws instead of ending the process, and writes to our terminal. Sub-commands inherit this. */
function quietExit(program: Command, { out, err }: Terminal): Command {
  return program.exitOverride().configureOutput({
    writeOut: (text) => out.write(text),
    writeErr: (text) => err.write(text),
    outputError: (text, write) => write(text.replace(/^error:/, paint('error:', 'red', err.colour))),
    getOutHelpWidth: () => helpWidth(out),
    getErrHelpWidth: () => helpWidth(err),
    getOutHasColors: () => out.colour,
    getErrHasColors: () => err.colour,
  });
}

const helpWidth = ({ isTty, columns }: Terminal['out']) =>
  isTty ? Math.max(60, Math.min(columns, 120)) : 100;
