import { UsageError } from '../errors.js';
import type { Terminal } from './terminal.js';

/** Whether a person says yes. Without one to ask, `--yes` must have been given. */
export async function confirm(terminal: Terminal, question: string, yes: boolean): Promise<boolean> {
  if (yes) return true;
  if (!terminal.stdinIsTty || !terminal.err.isTty) {
    throw new UsageError(`${question} Nobody can be asked: this is no terminal.`, 'Add --yes.');
  }
  return /^y(es)?$/i.test((await terminal.ask(`${question} [y/N] `)).trim());
}
