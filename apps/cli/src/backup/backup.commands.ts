import { type Command, Option } from 'commander';
import { type Backup, type BackupQuery, backupKinds, type CreateBackup, freezeModes } from '#libs/client';
import { liveArgument, liveOption } from '../completion/live-names.js';
import { UsageError } from '../errors.js';
import { followChange, type WaitFlags } from '../progress/follow-change.js';
import { addDelete } from '../resources/delete-command.js';
import { eachName } from '../resources/each-name.js';
import { addGet, addList, PAGE_LIMIT } from '../resources/resource-commands.js';
import { settleChange } from '../resources/settle-change.js';
import { addWaitOptions } from '../resources/wait-options.js';
import type { Session } from '../session.js';
import { confirm } from '../terminal/confirm.js';
import { backupLook } from './backup.look.js';

interface CreateFlags extends WaitFlags {
  pool: string;
  kind?: CreateBackup['kind'];
  freeze?: CreateBackup['freeze'];
}
interface RestoreFlags extends WaitFlags {
  name?: string;
  inPlace?: true;
  host?: string;
  pool?: string;
  stopped?: true;
  yes: boolean;
}

export function addCommands(noun: Command, session: Session): void {
  addList<Backup, BackupQuery>(noun, session, {
    description: 'list backups, newest first',
    look: backupLook,
    path: '/v1/backups',
    add: (command) =>
      command.addOption(liveOption('--vm <vm>', 'only those of this VM, which may be gone', 'vm')),
    items: (client, query) => client.backups.all({ ...query, limit: PAGE_LIMIT }),
  });
  addCreate(noun, session);
  addGet(noun, session, {
    description: 'show a backup',
    look: backupLook,
    names: 'backup',
    item: (client, id) => client.backups.get(id),
  });
  addVerify(noun, session);
  addRestore(noun, session);
  addDelete<WaitFlags & { cascade?: true }>(noun, session, {
    description: 'delete backups',
    names: 'backup',
    add: (command) => addWaitOptions(command.option('--cascade', 'with the incremental ones that need them')),
    remove: async (client, id, flags) => {
      const change = await client.backups.delete(id, { cascade: flags.cascade });
      const read = () => client.backups.get(id);
      await settleChange(session, client, { name: id, operation: change.operation, change, read }, flags);
    },
  });
}

function addCreate(noun: Command, session: Session): void {
  const command = noun
    .command('create')
    .description('back a VM up, also while it runs')
    .addArgument(liveArgument('<vm>', 'its name or id', 'vm'))
    .addOption(liveOption('--pool <pool>', 'where to', 'pool').makeOptionMandatory())
    .addOption(new Option('--kind <kind>', 'incremental: what changed since the last').choices(backupKinds))
    .addOption(
      new Option('--freeze <when>', 'whether the guest agent is to write out first').choices(freezeModes),
    );
  addWaitOptions(command).action(async (vm: string, flags: CreateFlags) => {
    const client = await session.client();
    const { pool, kind, freeze } = flags;
    const change = await client.backups.create(vm, { pool, kind, freeze });
    const { operation, backup } = change;
    const name = backup?.id ?? vm;
    await settleChange(
      session,
      client,
      { name, operation, change, read: () => client.backups.get(name) },
      flags,
    );
  });
}

function addVerify(noun: Command, session: Session): void {
  const command = noun
    .command('verify')
    .description('read backups again and compare them with their checksums')
    .addArgument(liveArgument('<backup...>', 'ids', 'backup'));
  addWaitOptions(command).action(async (ids: string[], flags: WaitFlags) => {
    const client = await session.client();
    await eachName(session, ids, async (id) => {
      const change = await client.backups.verify(id);
      const read = () => client.backups.get(id);
      await settleChange(session, client, { name: id, operation: change.operation, change, read }, flags);
    });
  });
}

function addRestore(noun: Command, session: Session): void {
  const command = noun
    .command('restore')
    .description('make a VM of a backup, or put the one back that it is of')
    .addArgument(liveArgument('<backup>', 'its id', 'backup'))
    .option('--name <name>', 'a new VM of this name')
    .option('--in-place', 'the VM that it is of; what it wrote since is lost')
    .addOption(liveOption('--host <host>', 'with --name: where', 'host'))
    .addOption(liveOption('--pool <pool>', 'with --name: where its disks lie', 'pool'))
    .option('--stopped', 'with --name: do not start it')
    .option('-y, --yes', 'do not ask', false);
  addWaitOptions(command).action(async (id: string, flags: RestoreFlags) => {
    const { name, inPlace, host, pool, stopped } = flags;
    if ((name === undefined) === (inPlace === undefined))
      throw new UsageError('Give one of --name and --in-place.');
    const client = await session.client();
    if (inPlace && !(await confirm(session, `Put the VM back to ${id}?`, flags.yes))) {
      return session.say('Nothing was restored.');
    }
    const desiredState = stopped && ('stopped' as const);
    const change = await client.backups.restore(id, { name, inPlace, host, pool, desiredState });
    await followChange(session, client, change, flags);
  });
}
