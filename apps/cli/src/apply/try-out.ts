import { TriedError, type VmanClient } from '#libs/client';
import { EndWith } from '../errors.js';
import { exitCodeOf } from '../exit-code-of.js';
import { errorText } from '../output/error-text.js';
import { triedText } from '../output/tried-text.js';
import type { WaitFlags } from '../progress/follow-change.js';
import type { Session } from '../session.js';
import { carryOut } from './carry-out.js';
import { needs } from './needs.js';
import type { Planned } from './plan-manifests.js';

/**
 * Asks the server what each change would come to. What needs something that the files have yet to make cannot be asked
 * for, and says so. The first refusal gives the exit code.
 */
export async function tryOut(
  session: Session,
  client: VmanClient,
  planned: readonly Planned[],
  flags: WaitFlags,
): Promise<void> {
  const { out, err } = session.terminal;
  const page = session.page();
  // data alone goes to standard output when data was asked for
  const said = page.format === 'table' || page.format === 'wide' ? out : err;
  let worst: number | undefined;
  for (const one of planned.filter(({ plan }) => plan.kind !== 'same')) {
    const title = `${one.manifest.kind} ${one.manifest.name}`;
    const missing = needs(one, planned);
    if (missing.length > 0) {
      said.write(`${title}: not tried, it needs ${missing.join(', ')}\n`);
      continue;
    }
    try {
      await carryOut(session, client, one, flags);
    } catch (error) {
      if (error instanceof TriedError) {
        said.write(`${title}:\n`);
        out.write(await triedText(error.outcome, page));
      } else {
        err.write(`${title}: ${errorText(error, session.format, err.colour)}`);
        worst ??= exitCodeOf(error);
      }
    }
  }
  if (worst !== undefined) throw new EndWith(worst);
}
