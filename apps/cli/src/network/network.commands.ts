import { type Command, Option } from 'commander';
import {
  type CreateNetwork,
  type Network,
  type NetworkQuery,
  networkKinds,
  type PatchNetwork,
} from '#libs/client';
import { liveArgument } from '../completion/live-names.js';
import { UsageError } from '../errors.js';
import { addDelete } from '../resources/delete-command.js';
import { addGet, addList, PAGE_LIMIT } from '../resources/resource-commands.js';
import type { Session } from '../session.js';
import { addText } from '../values/add-text.js';
import { parseCount } from '../values/parse-number.js';
import { networkLook } from './network.look.js';

interface SharedFlags {
  dns?: string[];
  mtu?: number;
  domain?: string;
  dhcp?: boolean;
  nat?: boolean;
  antiSpoofing?: boolean;
  range?: string[];
  reserve?: string[];
}
interface CreateFlags extends SharedFlags {
  kind: CreateNetwork['kind'];
  bridge?: string;
  vlan?: number;
  cidr?: string;
  gateway?: string;
  cidrV6?: string;
  gatewayV6?: string;
  project?: string;
}

export function addCommands(noun: Command, session: Session): void {
  addList<Network, NetworkQuery>(noun, session, {
    description: 'list networks',
    look: networkLook,
    path: '/v1/networks',
    items: (client, query) => client.networks.all({ ...query, limit: PAGE_LIMIT }),
  });
  const create = noun
    .command('create')
    .description('make a network')
    .argument('<name>', 'its name')
    .addOption(
      new Option('--kind <kind>', 'managed: VMAN routes it; bridge: one of the hosts')
        .choices(networkKinds)
        .default('managed'),
    )
    .option('--cidr <network>', 'its IPv4 network: 10.1.0.0/24')
    .option('--gateway <address>', 'left out: the first address')
    .option('--cidr-v6 <network>', 'its IPv6 network')
    .option('--gateway-v6 <address>', 'left out: the first address')
    .option('--bridge <name>', 'with kind bridge: the bridge on the hosts')
    .option('--vlan <number>', 'with kind bridge: the VLAN of its ports', parseCount)
    .option('--project <project>', 'the only project that uses it');
  addShared(create).action(async (name: string, flags: CreateFlags) => {
    const { kind, bridge, vlan, cidr, gateway, cidrV6, gatewayV6, project } = flags;
    const own = { name, kind, bridge, vlan, cidr, gateway, cidrV6, gatewayV6, project };
    const network = await (await session.client()).networks.create({ ...sharedBody(flags), ...own });
    await session.printOutcome(`${network.name}: created`, network.name, network);
  });
  addGet(noun, session, {
    description: 'show a network',
    look: networkLook,
    names: 'network',
    item: (client, name) => client.networks.get(name),
  });
  const update = noun
    .command('update')
    .description('change a network')
    .addArgument(liveArgument('<network>', 'its name or id', 'network'));
  addShared(update).action(async (name: string, flags: SharedFlags) => {
    const body = sharedBody(flags);
    if (Object.values(body).every((it) => it === undefined))
      throw new UsageError('Nothing is to be changed.');
    const network = await (await session.client()).networks.change(name, body);
    await session.printOutcome(`${network.name}: changed`, network.name, network);
  });
  addDelete(noun, session, {
    description: 'delete networks that no VM is in',
    names: 'network',
    remove: async (client, name) => {
      await client.networks.delete(name);
      await session.printOutcome(`${name}: deleted`, name, { network: name, deleted: true });
    },
  });
}

function addShared(command: Command): Command {
  command
    .option('--dns <address>', 'a resolver for its guests; repeatable', addText)
    .option('--domain <name>', 'the domain of its guests')
    .option('--mtu <bytes>', 'the largest packet', parseCount)
    .option('--range <range>', 'addresses that are given: 10.1.0.100-10.1.0.199; repeatable', addText)
    .option('--reserve <range>', 'addresses that are not given; repeatable', addText)
    .option('--dhcp', 'guests get their addresses by DHCP')
    .option('--no-dhcp', 'guests are told their addresses by cloud-init alone')
    .option('--nat', 'guests reach the outside with the address of their host')
    .option('--no-nat', 'guests keep their addresses outside')
    .option('--anti-spoofing', 'guests may use their own addresses alone')
    .option('--no-anti-spoofing', 'guests may use any address');
  for (const flag of ['dhcp', 'nat', 'antiSpoofing']) command.setOptionValue(flag, undefined);
  return command;
}

function sharedBody({ range: ranges, reserve: reserved, ...flags }: SharedFlags): PatchNetwork {
  const { dns, mtu, domain, dhcp, nat, antiSpoofing } = flags;
  return { dns, mtu, domain, dhcp, nat, antiSpoofing, ranges, reserved };
}
