import { type Command, CommanderError } from 'commander';
import { configPath, readConfig } from '../context/config-file.js';
import { makeProgram } from '../program.js';
import type { Session } from '../session.js';
import { safeText } from '../terminal/safe-text.js';
import type { Terminal } from '../terminal/terminal.js';
import { complete } from './complete.js';
import type { LiveNames } from './live-names.js';
import { namesThere } from './names-there.js';

/** A shell that hangs at the Tab key is worse than one without names. */
const PATIENCE_MS = 1_500;

/** Prints what fits, one a line: the word, a tab, what it is. It stays silent about everything that goes wrong. */
export async function completeLine(words: readonly string[], terminal: Terminal): Promise<void> {
  const { program, session } = await makeProgram(terminal, 'all');
  takeOptions(program, words);
  const { words: known, live } = complete(program, words);
  const begun = words.at(-1) ?? '';
  const names = live ? await namesOf(live, session) : [];
  const all = [...known, ...names.map((word) => ({ word, description: '' }))];
  for (const { word, description } of all) {
    if (word.startsWith(begun))
      terminal.out.write(`${safeText(description ? `${word}\t${description}` : word)}\n`);
  }
}

/** `--url` and `--context` of the line are those of the question, too; an unfinished line is no fault. */
function takeOptions(program: Command, words: readonly string[]): void {
  program.configureOutput({ writeErr: () => {} });
  try {
    program.parseOptions([...words]);
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
  }
}

async function namesOf(live: LiveNames, session: Session): Promise<string[]> {
  const limit = new Promise<string[]>((resolve) => setTimeout(resolve, PATIENCE_MS, []).unref());
  return Promise.race([limit, ask(live, session).catch(() => [])]);
}

async function ask(live: LiveNames, session: Session): Promise<string[]> {
  if (live === 'context') {
    return Object.keys((await readConfig(configPath(session.terminal))).contexts);
  }
  const client = await session.client(0);
  return namesThere(live, client);
}
