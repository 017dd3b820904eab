import { type Command, Option } from 'commander';
import { type CreateTemplate, imageFormats, type Template } from '#libs/client';
import { liveArgument } from '../completion/live-names.js';
import type { WaitFlags } from '../progress/follow-change.js';
import { followOperation } from '../progress/follow-operation.js';
import { eachName } from '../resources/each-name.js';
import { addGet, addList, PAGE_LIMIT } from '../resources/resource-commands.js';
import { addWaitOptions } from '../resources/wait-options.js';
import type { Session } from '../session.js';
import { confirm } from '../terminal/confirm.js';
import { parseCount } from '../values/parse-number.js';
import { parseMebibytes } from '../values/parse-size.js';
import { templateLook } from './template.look.js';

interface CreateFlags extends WaitFlags {
  file: string;
  format: CreateTemplate['format'];
  sha256?: string;
  vcpus?: number;
  memory?: number;
}

export function addCommands(noun: Command, session: Session): void {
  addList<Template, object>(noun, session, {
    description: 'list templates',
    look: templateLook,
    items: (client) => client.templates.all({ limit: PAGE_LIMIT }),
  });
  addCreate(noun, session);
  addGet(noun, session, {
    description: 'show a template',
    look: templateLook,
    names: 'template',
    item: (client, name) => client.templates.get(name),
  });
  noun
    .command('delete')
    .alias('rm')
    .description('delete templates that no VM is made from')
    .addArgument(liveArgument('<template...>', 'names or ids', 'template'))
    .option('-y, --yes', 'do not ask', false)
    .action(async (names: string[], { yes }: { yes: boolean }) => {
      const client = await session.client();
      if (!(await confirm(session.terminal, `Delete ${names.join(', ')}?`, yes))) {
        return session.say('Nothing was deleted.');
      }
      await eachName(session, names, async (name) => {
        await client.templates.delete(name);
        await session.printOutcome(`${name}: deleted`, name, { template: name, deleted: true });
      });
    });
}

function addCreate(noun: Command, session: Session): void {
  const command = noun
    .command('create')
    .description('make a template from an image file in the import folder of the server')
    .argument('<name>', 'its name')
    .requiredOption('--file <path>', 'the file, relative to the import folder')
    .addOption(
      new Option('--format <format>', 'the format of the image').choices(imageFormats).default('qcow2'),
    )
    .option('--sha256 <digest>', 'what the file must have; another one is refused')
    .option('--vcpus <count>', 'virtual CPUs of VMs that do not say', parseCount)
    .option('--memory <size>', 'memory of VMs that do not say: 512MiB', (text) => parseMebibytes(text));
  addWaitOptions(command).action(async (name: string, flags: CreateFlags) => {
    const client = await session.client();
    const change = await client.templates.create(createBody(name, flags));
    const { operation } = change;
    if (!flags.wait) {
      return session.printOutcome(`${name}: import accepted, operation ${operation.id}`, name, change);
    }
    const ended = await followOperation(session.terminal, client, operation, { timeoutMs: flags.timeout });
    const template = await client.templates.get(change.template.id);
    await session.printOutcome(`${name}: ${template.state}`, name, { template, operation: ended });
  });
}

function createBody(name: string, flags: CreateFlags): CreateTemplate {
  const { vcpus, memory } = flags;
  const asked = vcpus !== undefined || memory !== undefined;
  return {
    name,
    format: flags.format,
    source: { type: 'file', path: flags.file },
    sha256: flags.sha256,
    defaults: asked ? { vcpus, memoryMiB: memory } : undefined,
  };
}
