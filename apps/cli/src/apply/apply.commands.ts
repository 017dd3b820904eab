import type { Command } from 'commander';
import { ApiError, type VmanClient } from '#libs/client';
import { EndWith } from '../errors.js';
import { EXIT } from '../exit-codes.js';
import type { WaitFlags } from '../progress/follow-change.js';
import { eachName } from '../resources/each-name.js';
import { addWaitOptions } from '../resources/wait-options.js';
import type { Session } from '../session.js';
import { confirm } from '../terminal/confirm.js';
import { carryOut, type Planned } from './carry-out.js';
import type { Manifest } from './manifest.js';
import { planVm } from './plan-vm.js';
import { readManifests } from './read-manifests.js';
import { planText } from './show-plan.js';

interface ApplyFlags extends WaitFlags {
  file: string[];
  yes: boolean;
  dryRun: boolean;
}

const EXAMPLE = `
A file has the fields of a VM as the API takes them, several VMs parted by \`---\`:

  name: web-1
  template: debian
  memoryMiB: 512
  nics: [{ portForwards: [{ guestPort: 80, hostPort: 8080 }] }]
  labels: { tier: web }`;

export function addCommands(noun: Command, session: Session): void {
  noun
    .requiredOption('-f, --file <path...>', 'YAML or JSON files; - is standard input')
    .option('-y, --yes', 'do not ask', false)
    .option('--dry-run', 'only show the difference', false)
    .addHelpText('after', EXAMPLE);
  addWaitOptions(noun).action(async (flags: ApplyFlags) => apply(session, flags));
}

async function apply(session: Session, flags: ApplyFlags): Promise<void> {
  const { terminal, format } = session;
  const manifests = await readManifests(flags.file, terminal);
  const client = await session.client();
  const planned: Planned[] = [];
  for (const manifest of manifests) planned.push(await plan(client, manifest));
  // data alone goes to standard output when data was asked for
  const shown = format === 'table' || format === 'wide' ? terminal.out : terminal.err;
  for (const { name, plan } of planned) shown.write(planText(name, plan, shown.colour));
  if (planned.some((it) => it.plan.kind === 'impossible')) {
    terminal.err.write('Nothing was changed: delete and create these VMs anew, or correct the file.\n');
    throw new EndWith(EXIT.refused);
  }
  const work = planned.filter((it) => it.plan.kind !== 'same');
  if (work.length === 0 || flags.dryRun) return;
  const question = `Apply this to ${work.length} ${work.length === 1 ? 'VM' : 'VMs'}?`;
  if (!(await confirm(terminal, question, flags.yes))) {
    terminal.err.write('Nothing was changed.\n');
    return;
  }
  const byName = new Map(work.map((it) => [it.name, it]));
  await eachName(session, [...byName.keys()], async (name) => {
    const one = byName.get(name);
    if (one) await carryOut(session, client, one, flags);
  });
}

async function plan(client: VmanClient, { vm }: Manifest): Promise<Planned> {
  try {
    const present = await client.vms.getTagged(vm.name);
    return { name: vm.name, plan: planVm(vm, present.vm), present };
  } catch (error) {
    if (!(error instanceof ApiError && error.status === 404)) throw error;
    return { name: vm.name, plan: planVm(vm, undefined) };
  }
}
