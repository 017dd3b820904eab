import { type Command, Option } from 'commander';
import {
  type CreateTemplate,
  firmwares,
  imageFormats,
  machineTypes,
  type Template,
  type TemplateQuery,
} from '#libs/client';
import { liveArgument } from '../completion/live-names.js';
import { UsageError } from '../errors.js';
import type { WaitFlags } from '../progress/follow-change.js';
import { eachName } from '../resources/each-name.js';
import { addGet, addList, PAGE_LIMIT } from '../resources/resource-commands.js';
import { addWaitOptions } from '../resources/wait-options.js';
import type { Session } from '../session.js';
import { confirm } from '../terminal/confirm.js';
import { parseCount } from '../values/parse-number.js';
import { parseMebibytes } from '../values/parse-size.js';
import { openImage, sendImage } from './send-image.js';
import { templateLook } from './template.look.js';

interface CreateFlags extends WaitFlags {
  file?: string;
  url?: string;
  fromVm?: string;
  disk?: string;
  serverFile?: string;
  family?: string;
  imageVersion?: string;
  machine?: (typeof machineTypes)[number];
  firmware?: (typeof firmwares)[number];
  format: CreateTemplate['format'];
  sha256?: string;
  vcpus?: number;
  memory?: number;
}

export function addCommands(noun: Command, session: Session): void {
  addList<Template, TemplateQuery>(noun, session, {
    description: 'list templates',
    look: templateLook,
    path: '/v1/templates',
    items: (client, query) => client.templates.all({ ...query, limit: PAGE_LIMIT }),
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
      if (!(await confirm(session, `Delete ${names.join(', ')}?`, yes))) {
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
    .description('make a template from an image or a stopped VM')
    .argument('<name>', 'its name')
    .option('--file <path>', 'an image on this machine, which is uploaded')
    .option('--url <url>', 'an image that the server fetches')
    .option('--from-vm <vm>', 'a VM that is stopped')
    .option('--server-file <path>', 'an image in the import folder of the server')
    .option('--disk <id>', 'with --from-vm: the disk, if not the one that it boots from')
    .option('--family <name>', 'an alias that names its newest version: debian-12')
    .option('--image-version <version>', 'with --family; left out: one more than the last')
    .addOption(
      new Option('--format <format>', 'the format of the image').choices(imageFormats).default('qcow2'),
    )
    .option('--sha256 <digest>', 'what the file must have; another one is refused')
    .option('--vcpus <count>', 'virtual CPUs of VMs that do not say', parseCount)
    .addOption(new Option('--machine <type>', 'machine of VMs that do not say').choices(machineTypes))
    .addOption(new Option('--firmware <kind>', 'firmware of VMs that do not say').choices(firmwares))
    .option('--memory <size>', 'memory of VMs that do not say: 512MiB', (text) => parseMebibytes(text));
  addWaitOptions(command).action(async (name: string, flags: CreateFlags) => {
    const client = await session.client();
    const body = createBody(name, flags);
    const image = flags.file === undefined ? undefined : await openImage(flags.file);
    const change = await client.templates.create(body);
    const ended = await sendImage(session, client, change, { image, flags });
    if (!ended) {
      const { id } = change.operation;
      return session.printOutcome(`${name}: import accepted, operation ${id}`, name, change);
    }
    const template = await client.templates.get(change.template.id);
    await session.printOutcome(`${name}: ${template.state}`, name, { template, operation: ended });
  });
}

function createBody(name: string, flags: CreateFlags): CreateTemplate {
  const { vcpus, memory, machine, firmware, family } = flags;
  const defaults = { vcpus, memoryMiB: memory, machine, firmware };
  const asked = Object.values(defaults).some((it) => it !== undefined);
  return {
    name,
    family,
    version: flags.imageVersion,
    format: flags.format,
    source: sourceOf(flags),
    sha256: flags.sha256,
    defaults: asked ? defaults : undefined,
  };
}

function sourceOf({ file, url, fromVm, disk, serverFile }: CreateFlags): CreateTemplate['source'] {
  const sources: CreateTemplate['source'][] = [];
  if (file !== undefined) sources.push({ type: 'upload' });
  if (url !== undefined) sources.push({ type: 'url', url });
  if (fromVm !== undefined) sources.push({ type: 'vm', vm: fromVm, disk });
  if (serverFile !== undefined) sources.push({ type: 'file', path: serverFile });
  const [source, another] = sources;
  if (!source || another) throw new UsageError('Give one of --file, --url, --from-vm and --server-file.');
  return source;
}
