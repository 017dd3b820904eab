import type { DryRun } from '#libs/client';
import { dataText, type Page } from './print.js';
import { type Fact, sheet } from './sheet.js';

/** What a change would do. */
export async function triedText(outcome: DryRun, page: Page): Promise<string> {
  const { format, out } = page;
  if (format === 'json' || format === 'yaml') return dataText(outcome, format);
  return sheet(factsOf(outcome, format === 'wide'), out.colour);
}

function factsOf({ answer, placement, plans }: DryRun, wide: boolean): Fact[] {
  return [
    { name: 'Dry run', value: `it would be answered with ${answer.status}; nothing was changed` },
    { name: 'Placement', value: placement.map(judgementText) },
    ...plans.flatMap(({ vm, host, steps, qemuArguments, error }) => [
      { name: 'VM', value: `${vm.name} on ${host.name}` },
      { name: 'Steps', value: steps },
      { name: 'No plan', value: error && `${error.message} [${error.code}]`, colour: 'red' as const },
      { name: 'QEMU', value: wide ? qemuArguments.join(' ') : undefined },
    ]),
  ];
}

export function judgementText({ host, verdict, rule, message, score }: DryRun['placement'][number]): string {
  const why = [rule, message].filter(Boolean).join(': ');
  const points = score === undefined ? '' : ` (score ${score})`;
  return `${host} ${verdict}${why ? `, ${why}` : ''}${points}`;
}
