import { TriedError } from '#libs/client';
import { EndWith } from '../errors.js';
import { exitCodeOf } from '../exit-code-of.js';
import { errorText } from '../output/error-text.js';
import { triedText } from '../output/tried-text.js';
import type { Session } from '../session.js';

/** Does it to each; one that fails does not keep the others from it. The first failure gives the exit code. */
export async function eachName(
  session: Session,
  names: readonly string[],
  work: (name: string) => Promise<void>,
): Promise<void> {
  let worst: number | undefined;
  for (const name of names) {
    try {
      await work(name);
    } catch (error) {
      if (error instanceof TriedError) {
        const page = session.page();
        page.out.write(await triedText(error.outcome, page));
        continue;
      }
      if (names.length === 1 || error instanceof EndWith) throw error;
      const { err } = session.terminal;
      err.write(`${name}: ${errorText(error, session.format, err.colour)}`);
      worst ??= exitCodeOf(error);
    }
  }
  if (worst !== undefined) throw new EndWith(worst);
}
