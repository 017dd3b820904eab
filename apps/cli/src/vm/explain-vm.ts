import type { Command } from 'commander';
import type { Explanation } from '#libs/client';
import { liveArgument } from '../completion/live-names.js';
import { moment } from '../output/figures.js';
import type { Look } from '../output/print.js';
import { itemText } from '../output/print.js';
import { judgementText } from '../output/tried-text.js';
import type { Session } from '../session.js';

export function addExplain(noun: Command, session: Session): void {
  noun
    .command('explain')
    .description('say what is wanted, what is seen, and what is between them')
    .addArgument(liveArgument('<vm>', 'its name or id', 'vm'))
    .action(async (name: string) => {
      const explanation = await (await session.client()).drifts.explain(name);
      session.terminal.out.write(await itemText(explanation, explainLook, session.page()));
    });
}

const explainLook: Look<Explanation> = {
  name: ({ vm }) => vm.name,
  columns: [
    { header: 'VM', value: (it) => it.vm.name },
    { header: 'COHERENT', value: (it) => (it.coherent ? 'yes' : 'no') },
    { header: 'WANTED', value: (it) => it.desired.state },
    { header: 'SEEN', value: (it) => it.observed.state },
    { header: 'SUMMARY', value: (it) => it.summary },
  ],
  facts: ({ vm, coherent, summary, desired, observed, ...more }, nowMs) => [
    { name: 'VM', value: vm.name },
    { name: 'Summary', value: summary, colour: coherent ? 'green' : 'yellow' },
    { name: 'Wanted', value: `${desired.state} on ${desired.host.name}, generation ${desired.generation}` },
    { name: 'Seen', value: seenText(observed) },
    { name: 'Seen at', value: moment(observed.at, nowMs) },
    {
      name: 'Host',
      value: observed.hostHeard ? 'is heard' : 'is not heard',
      colour: observed.hostHeard ? undefined : 'red',
    },
    {
      name: 'Drifts',
      value: more.drifts.map((it) => `${it.kind}: ${it.expected}, but ${it.seen} (${it.state})`),
    },
    { name: 'Blocked by', value: more.blockedBy, colour: 'red' },
    { name: 'Next try', value: more.nextTryAt },
    { name: 'Placement', value: more.placement.map(judgementText) },
    { name: 'Operations', value: more.operations.map((it) => `${it.kind} ${it.status} ${it.id}`) },
  ],
};

function seenText({ state, reason, acceptedGeneration, observedGeneration, pid }: Explanation['observed']) {
  const why = reason ? ` (${reason})` : '';
  const process = pid ? `, process ${pid}` : '';
  return `${state}${why}, generation ${observedGeneration} of ${acceptedGeneration} accepted${process}`;
}
