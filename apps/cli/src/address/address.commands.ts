import { type Command } from 'commander';
import { type Address, type AddressQuery } from '#libs/client';
import { liveOption } from '../completion/live-names.js';
import { addDelete } from '../resources/delete-command.js';
import { addGet, addList, PAGE_LIMIT } from '../resources/resource-commands.js';
import type { Session } from '../session.js';
import { addressLook } from './address.look.js';
import { addressId } from './address-id.js';

interface CreateFlags {
  network: string;
  note?: string;
  project?: string;
}

export function addCommands(noun: Command, session: Session): void {
  addList<Address, AddressQuery>(noun, session, {
    description: 'list addresses that VMs hold, that are reserved, or that rest',
    look: addressLook,
    path: '/v1/addresses',
    items: (client, query) => client.addresses.all({ ...query, limit: PAGE_LIMIT }),
  });
  noun
    .command('create')
    .alias('reserve')
    .description('reserve an address of a network')
    .argument('[address]', 'which one; left out: the next free one')
    .addOption(liveOption('--network <network>', 'its network', 'network').makeOptionMandatory())
    .option('--note <text>', 'what for')
    .option('--project <project>', 'its project')
    .action(async (address: string | undefined, { network, note, project }: CreateFlags) => {
      const made = await (await session.client()).addresses.reserve({ network, address, note, project });
      await session.printOutcome(`${made.address}: ${made.state}`, made.address, made);
    });
  addGet(noun, session, {
    description: 'show an address',
    look: addressLook,
    names: 'address',
    item: async (client, name) => client.addresses.get(await addressId(client, name)),
  });
  addDelete(noun, session, {
    description: 'give addresses back',
    names: 'address',
    remove: async (client, name) => {
      await client.addresses.release(await addressId(client, name));
      await session.printOutcome(`${name}: released`, name, { address: name, released: true });
    },
  });
}
