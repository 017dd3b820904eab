import type { Command } from 'commander';
import { EndWith } from '../errors.js';
import { EXIT } from '../exit-codes.js';
import type { WaitFlags } from '../progress/follow-change.js';
import { eachName } from '../resources/each-name.js';
import { addWaitOptions } from '../resources/wait-options.js';
import type { Session } from '../session.js';
import { confirm } from '../terminal/confirm.js';
import { carryOut } from './carry-out.js';
import { addFileOption } from './file-option.js';
import { planManifests } from './plan-manifests.js';
import { readManifests } from './read-manifests.js';
import { planText, sumText } from './show-plan.js';
import { tryOut } from './try-out.js';

interface ApplyFlags extends WaitFlags {
  file: string[];
  yes: boolean;
}

export function addCommands(noun: Command, session: Session): void {
  addFileOption(noun).option('-y, --yes', 'do not ask', false);
  addWaitOptions(noun).action(async (flags: ApplyFlags) => apply(session, flags));
}

async function apply(session: Session, flags: ApplyFlags): Promise<void> {
  const { terminal, format } = session;
  const manifests = await readManifests(flags.file, terminal);
  const client = await session.client();
  const planned = await planManifests(client, manifests);
  // data alone goes to standard output when data was asked for
  const shown = format === 'table' || format === 'wide' ? terminal.out : terminal.err;
  for (const one of planned) shown.write(planText(one, shown.colour));
  if (planned.some((it) => it.plan.kind === 'impossible')) {
    terminal.err.write('Nothing was changed: delete and create these anew, or correct the file.\n');
    throw new EndWith(EXIT.refused);
  }
  const work = planned.filter((it) => it.plan.kind !== 'same');
  if (work.length === 0) return;
  if (session.dryRun) return tryOut(session, client, planned, flags);
  const sum = sumText(planned.map(({ plan }) => plan));
  if (!(await confirm(session, `${sum}. Apply this?`, flags.yes))) {
    terminal.err.write('Nothing was changed.\n');
    return;
  }
  const byName = new Map(work.map((it) => [`${it.manifest.kind} ${it.manifest.name}`, it]));
  await eachName(session, [...byName.keys()], async (name) => {
    const one = byName.get(name);
    if (one) await carryOut(session, client, one, flags);
  });
}
