import { type Command, Option } from 'commander';
import { type CreateSnapshot, freezeModes, type Snapshot, type SnapshotQuery } from '#libs/client';
import { liveArgument } from '../completion/live-names.js';
import { followChange, type WaitFlags } from '../progress/follow-change.js';
import { addDelete } from '../resources/delete-command.js';
import { addGet, addList, PAGE_LIMIT } from '../resources/resource-commands.js';
import { settleChange } from '../resources/settle-change.js';
import { addWaitOptions } from '../resources/wait-options.js';
import type { Session } from '../session.js';
import { confirm } from '../terminal/confirm.js';
import { snapshotLook } from './snapshot.look.js';
import { snapshotId } from './snapshot-id.js';

interface CreateFlags extends WaitFlags {
  description?: string;
  memory?: boolean;
  freeze?: CreateSnapshot['freeze'];
}

export function addCommands(noun: Command, session: Session): void {
  addList<Snapshot, SnapshotQuery>(noun, session, {
    description: 'list snapshots; * is the one that its VM goes on from',
    look: snapshotLook,
    path: '/v1/snapshots',
    items: async function* (client, { vm, ...query }) {
      // the filter takes ids alone
      const id = vm === undefined ? undefined : (await client.vms.get(vm)).id;
      yield* client.snapshots.all({ ...query, vm: id, limit: PAGE_LIMIT });
    },
  });
  addCreate(noun, session);
  addGet(noun, session, {
    description: 'show a snapshot',
    look: snapshotLook,
    names: 'snapshot',
    item: async (client, name) => client.snapshots.get(await snapshotId(client, name)),
  });
  addRestore(noun, session);
  addDelete<WaitFlags>(noun, session, {
    description: 'delete snapshots; those taken after them stay',
    names: 'snapshot',
    add: addWaitOptions,
    remove: async (client, name, flags) => {
      const id = await snapshotId(client, name);
      const change = await client.snapshots.delete(id);
      const read = () => client.snapshots.get(id);
      await settleChange(session, client, { name, operation: change.operation, change, read }, flags);
    },
  });
}

function addCreate(noun: Command, session: Session): void {
  const command = noun
    .command('create')
    .description('take a snapshot of a VM')
    .addArgument(liveArgument('<vm>', 'its name or id', 'vm'))
    .argument('<name>', 'a name for the snapshot')
    .option('--description <text>', 'what for')
    .option('--memory', 'with the memory of the guest')
    .option('--no-memory', 'the disks alone')
    .addOption(
      new Option('--freeze <when>', 'whether the guest agent is to write out first').choices(freezeModes),
    );
  command.setOptionValue('memory', undefined);
  addWaitOptions(command).action(async (vm: string, name: string, flags: CreateFlags) => {
    const client = await session.client();
    const { description, memory, freeze } = flags;
    const change = await client.snapshots.create(vm, { name, description, memory, freeze });
    const { operation, snapshot } = change;
    const read = () => client.snapshots.get(snapshot?.id ?? '');
    await settleChange(session, client, { name: `${vm}/${name}`, operation, change, read }, flags);
  });
}

function addRestore(noun: Command, session: Session): void {
  const command = noun
    .command('restore')
    .description('put a VM back to a snapshot; what it wrote since is lost')
    .addArgument(liveArgument('<snapshot>', 'VM/NAME, or its id', 'snapshot'))
    .option('--memory', 'with the memory of the guest: it goes on as it was')
    .option('--no-memory', 'the disks alone')
    .option('-y, --yes', 'do not ask', false);
  command.setOptionValue('memory', undefined);
  addWaitOptions(command).action(
    async (name: string, flags: WaitFlags & { memory?: boolean; yes: boolean }) => {
      const client = await session.client();
      const id = await snapshotId(client, name);
      if (!(await confirm(session, `Put the VM back to ${name}?`, flags.yes))) {
        return session.say('Nothing was restored.');
      }
      await followChange(session, client, await client.snapshots.restore(id, flags.memory), flags);
    },
  );
}
