import type { Command } from 'commander';
import { EndWith } from '../errors.js';
import { EXIT } from '../exit-codes.js';
import { dataText } from '../output/print.js';
import type { Session } from '../session.js';
import { addFileOption } from './file-option.js';
import { planManifests } from './plan-manifests.js';
import { readManifests } from './read-manifests.js';
import { planText } from './show-plan.js';

export function addCommands(noun: Command, session: Session): void {
  addFileOption(noun).action(async ({ file }: { file: string[] }) => {
    const { terminal, format } = session;
    const manifests = await readManifests(file, terminal);
    const planned = await planManifests(await session.client(), manifests);
    const { out } = terminal;
    if (format === 'json' || format === 'yaml') {
      const data = planned.map(({ manifest: { kind, name }, plan }) => ({
        kind,
        name,
        plan: plan.kind,
        differences: 'differences' in plan ? plan.differences : [],
      }));
      out.write(await dataText(data, format));
    } else for (const one of planned) out.write(planText(one, out.colour));
    if (planned.some(({ plan }) => plan.kind !== 'same')) throw new EndWith(EXIT.failed);
  });
}
