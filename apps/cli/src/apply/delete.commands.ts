import type { Command } from 'commander';
import type { WaitFlags } from '../progress/follow-change.js';
import { eachName } from '../resources/each-name.js';
import { addWaitOptions } from '../resources/wait-options.js';
import type { Session } from '../session.js';
import { confirm } from '../terminal/confirm.js';
import { addFileOption } from './file-option.js';
import { kindOf } from './kinds/all-kinds.js';
import { planManifests } from './plan-manifests.js';
import { readManifests } from './read-manifests.js';

interface DeleteFlags extends WaitFlags {
  file: string[];
  yes: boolean;
}

export function addCommands(noun: Command, session: Session): void {
  addFileOption(noun).option('-y, --yes', 'do not ask', false);
  addWaitOptions(noun).action(async (flags: DeleteFlags) => deleteAll(session, flags));
}

/** Last to first: nothing goes before what needs it. What is not there, or stays by its nature, is no fault. */
async function deleteAll(session: Session, flags: DeleteFlags): Promise<void> {
  const { terminal } = session;
  const manifests = (await readManifests(flags.file, terminal)).reverse();
  const client = await session.client();
  const planned = await planManifests(client, manifests);
  const going = planned.filter(({ manifest, present }) => present && kindOf(manifest.kind).remove);
  for (const { manifest, present } of planned) {
    const why = present ? 'stays' : 'is not there';
    if (!going.some((it) => it.manifest === manifest))
      terminal.err.write(`${manifest.kind} ${manifest.name} ${why}\n`);
  }
  if (going.length === 0) return;
  const names = going.map(({ manifest: { kind, name } }) => `${kind} ${name}`);
  if (!(await confirm(session, `Delete ${names.join(', ')}?`, flags.yes))) {
    terminal.err.write('Nothing was deleted.\n');
    return;
  }
  await eachName(session, names, async (title) => {
    const { manifest } = going[names.indexOf(title)] ?? {};
    if (!manifest) return;
    const kind = kindOf(manifest.kind);
    // What was deleted before it may have changed it, or taken it along.
    const present = await kind.find(client, manifest.fields);
    if (present) await kind.remove?.({ session, client, flags, name: manifest.name, title }, present);
  });
}
