import { UsageError } from '../errors.js';
import type { Session } from '../session.js';

/** Whether a person says yes; what is only tried needs none. Without one to ask, `--yes` must have been given. */
export async function confirm(
  { terminal, dryRun }: Session,
  question: string,
  yes: boolean,
): Promise<boolean> {
  if (yes || dryRun) return true;
  if (!terminal.stdinIsTty || !terminal.err.isTty) {
    throw new UsageError(`${question} Nobody can be asked: this is no terminal.`, 'Add --yes.');
  }
  return /^y(es)?$/i.test((await terminal.ask(`${question} [y/N] `)).trim());
}
