import { type Command, Option } from 'commander';
import {
  type CreateDisk,
  type Disk,
  type DiskChange,
  type DiskQuery,
  diskCaches,
  type VmanClient,
} from '#libs/client';
import { liveArgument, liveOption } from '../completion/live-names.js';
import type { WaitFlags } from '../progress/follow-change.js';
import { addDelete } from '../resources/delete-command.js';
import { eachName } from '../resources/each-name.js';
import { addGet, addList, PAGE_LIMIT } from '../resources/resource-commands.js';
import { settleChange } from '../resources/settle-change.js';
import { addWaitOptions } from '../resources/wait-options.js';
import type { Session } from '../session.js';
import { parseDuration } from '../values/parse-duration.js';
import { addLabel, addLabelChange } from '../values/parse-label.js';
import { parseCount } from '../values/parse-number.js';
import { parseGibibytes } from '../values/parse-size.js';
import { diskLook } from './disk.look.js';
import { addStrayCommands } from './stray-commands.js';

interface CreateFlags extends WaitFlags {
  size?: number;
  template?: string;
  pool?: string;
  host?: string;
  cache?: CreateDisk['cache'];
  label?: Record<string, string>;
  project?: string;
}
interface UpdateFlags extends WaitFlags {
  size?: number;
  name?: string;
  keep?: boolean;
  label?: Record<string, string | null>;
}
interface AttachFlags extends WaitFlags {
  readOnly?: true;
  keep?: true;
  bootOrder?: number;
}

export function addCommands(noun: Command, session: Session): void {
  addList<Disk, DiskQuery>(noun, session, {
    description: 'list disks, those of VMs too',
    look: diskLook,
    path: '/v1/disks',
    items: (client, query) => client.disks.all({ ...query, limit: PAGE_LIMIT }),
  });
  addCreate(noun, session);
  addGet(noun, session, {
    description: 'show a disk',
    look: diskLook,
    names: 'disk',
    item: (client, name) => client.disks.get(name),
  });
  addUpdate(noun, session);
  addAttach(noun, session);
  addDetach(noun, session);
  addStrayCommands(noun, session);
  addDelete<WaitFlags>(noun, session, {
    description: 'delete disks that no VM has',
    names: 'disk',
    add: addWaitOptions,
    remove: async (client, name, flags) =>
      settle(session, client, name, await client.disks.delete(name), flags),
  });
}

function addCreate(noun: Command, session: Session): void {
  const command = noun
    .command('create')
    .description('make a disk that no VM has yet')
    .argument('<name>', 'its name')
    .option('--size <size>', 'how large: 10GiB; left out: as its source', parseGibibytes)
    .addOption(liveOption('-t, --template <template>', 'what it is made from', 'template'))
    .addOption(liveOption('--pool <pool>', 'where it lies', 'pool'))
    .addOption(liveOption('--host <host>', 'on which host', 'host'))
    .addOption(new Option('--cache <mode>', 'how QEMU caches it').choices(diskCaches))
    .option('-l, --label <key=value>', 'a label; repeatable', addLabel)
    .option('--project <project>', 'its project');
  addWaitOptions(command).action(async (name: string, flags: CreateFlags) => {
    const client = await session.client();
    const { size: sizeGiB, template, pool, host, cache, label: labels, project } = flags;
    const body = { name, sizeGiB, template, pool, host, cache, labels, project };
    await settle(session, client, name, await client.disks.create(body), flags);
  });
}

function addUpdate(noun: Command, session: Session): void {
  const command = noun
    .command('update')
    .description('change a disk; it only grows')
    .addArgument(liveArgument('<disk>', 'its name or id', 'disk'))
    .option('--size <size>', 'the new size: 20GiB', parseGibibytes)
    .option('--name <name>', 'a new name')
    .option('--keep', 'keep it when its VM is deleted')
    .option('--no-keep', 'delete it with its VM')
    .option('-l, --label <change>', 'key=value sets, key- removes; repeatable', addLabelChange);
  command.setOptionValue('keep', undefined);
  addWaitOptions(command).action(async (disk: string, flags: UpdateFlags) => {
    const client = await session.client();
    const { size: sizeGiB, name, keep: keepOnDelete, label: labels } = flags;
    const change = await client.disks.update(disk, { sizeGiB, name, keepOnDelete, labels });
    await settle(session, client, name ?? disk, change, flags);
  });
}

function addAttach(noun: Command, session: Session): void {
  const command = noun
    .command('attach')
    .description('give a disk to a VM, also while that runs')
    .addArgument(liveArgument('<disk>', 'its name or id', 'disk'))
    .addArgument(liveArgument('<vm>', 'the VM', 'vm'))
    .option('--read-only', 'the guest may not write')
    .option('--keep', 'keep it when the VM is deleted')
    .option('--boot-order <number>', 'the lowest boots first; left out: never', parseCount);
  addWaitOptions(command).action(async (disk: string, vm: string, flags: AttachFlags) => {
    const client = await session.client();
    const { readOnly, keep: keepOnDelete, bootOrder } = flags;
    const change = await client.disks.attach(disk, { vm, readOnly, keepOnDelete, bootOrder });
    await settle(session, client, disk, change, flags);
  });
}

function addDetach(noun: Command, session: Session): void {
  const command = noun
    .command('detach')
    .description('take disks from their VMs')
    .addArgument(liveArgument('<disk...>', 'names or ids', 'disk'))
    .option('--guest-timeout <time>', 'how long the guest may take to let go: 30s', parseDuration);
  addWaitOptions(command).action(async (names: string[], flags: WaitFlags & { guestTimeout?: number }) => {
    const client = await session.client();
    const seconds = flags.guestTimeout === undefined ? undefined : Math.ceil(flags.guestTimeout / 1000);
    await eachName(session, names, async (name) =>
      settle(session, client, name, await client.disks.detach(name, seconds), flags),
    );
  });
}

function settle(
  session: Session,
  client: VmanClient,
  name: string,
  change: DiskChange,
  flags: WaitFlags,
): Promise<void> {
  const { operation, disk } = change;
  return settleChange(
    session,
    client,
    { name, operation, change, read: () => client.disks.get(disk?.id ?? name) },
    flags,
  );
}
