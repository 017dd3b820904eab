import { CommanderError } from 'commander';
import { TriedError } from '#libs/client';
import { EndWith } from './errors.js';
import { exitCodeOf } from './exit-code-of.js';
import { EXIT } from './exit-codes.js';
import { errorText } from './output/error-text.js';
import { FORMATS, type Format } from './output/formats.js';
import { triedText } from './output/tried-text.js';
import { makeProgram } from './program.js';
import type { Terminal } from './terminal/terminal.js';

const HELP_WAS_ASKED_FOR = ['commander.helpDisplayed', 'commander.version'];
const COMPLETE = '__complete';

/** Runs one command line to its end. Never throws: all that goes wrong is said and becomes an exit code. */
export async function run(words: readonly string[], terminal: Terminal): Promise<number> {
  try {
    if (words[0] === COMPLETE) {
      const { completeLine } = await import('./completion/complete-line.js');
      await completeLine(words.slice(1), terminal);
      return EXIT.done;
    }
    const { program, session } = await makeProgram(terminal, words);
    await program.parseAsync(words, { from: 'user' }).catch(async (error: unknown) => {
      if (!(error instanceof TriedError)) throw error;
      terminal.out.write(await triedText(error.outcome, session.page()));
    });
    return EXIT.done;
  } catch (error) {
    if (error instanceof CommanderError) {
      return HELP_WAS_ASKED_FOR.includes(error.code) ||
        (error.code === 'commander.help' && words.includes('help'))
        ? EXIT.done
        : EXIT.usage;
    }
    const known = terminal.interrupt.aborted ? terminal.interrupt.reason : error;
    if (!(known instanceof EndWith)) {
      terminal.err.write(errorText(known, formatIn(words), terminal.err.colour));
    }
    return exitCodeOf(known);
  }
}

/** The format that was asked for, also when the rest of the line is wrong. */
function formatIn(words: readonly string[]): Format {
  const at = words.findIndex((word) => word === '-o' || word === '--output');
  const given =
    at >= 0
      ? words[at + 1]
      : words.find((word) => /^(-o|--output=)/.test(word))?.replace(/^(-o|--output=)/, '');
  return FORMATS.find((format) => format === given) ?? 'table';
}
