/** The networks of NICs that are to be made, and the addresses they get there. */
import { v7 as uuidv7 } from 'uuid';
import type { NicInput } from '#libs/contracts/http';
import { parseIp, type WantedNetwork } from '#libs/domain';
import { type FieldFault, VmanError } from '#libs/errors';
import { askedFault, familiesOf, takeAddress } from '../addresses/index.js';
import type { NetworkEntity, NicEntity, Tx } from '../db-operator/index.js';
import { invalidInput } from '../http/index.js';
import { networkOf } from '../networks/index.js';

/** Of each entry its network; undefined for the user network. */
export type NicNetworks = (NetworkEntity | undefined)[];

/** Finds the networks and holds them until the transaction ends. Throws invalid_input or address_in_use. */
export async function nicNetworks(tx: Tx, project: string, wanted: NicInput[]): Promise<NicNetworks> {
  const networks: NicNetworks = [];
  const faults: FieldFault[] = [];
  for (const [index, nic] of wanted.entries()) {
    const named = nic.network == null ? undefined : await networkOf(tx, project, nic.network);
    const network = named?.kind === 'user' ? undefined : named;
    if (nic.network != null && !named) {
      faults.push({ field: `nics[${index}].network`, code: 'unknown', message: 'there is no such network' });
    } else faults.push(...nicFaults(nic, network, `nics[${index}]`));
    networks.push(network);
  }
  if (faults.length > 0) throw invalidInput(faults);
  const ids = [...new Set(networks.flatMap((it) => it?.id ?? []))].sort();
  for (const id of ids) {
    if (!(await tx.networks.hold(id))) throw new VmanError('conflict', 'A network was deleted just now.');
  }
  await refuseTakenMacs(tx, wanted);
  return networks;
}

/** What of the request contradicts the network. Pure. */
function nicFaults(nic: NicInput, network: NetworkEntity | undefined, at: string): FieldFault[] {
  const say = (field: string, code: string, message: string): FieldFault => ({
    field: `${at}.${field}`,
    code,
    message,
  });
  const kind = network?.kind ?? 'user';
  if (nic.kind != null && nic.kind !== kind) {
    if (nic.network == null)
      return [say('network', 'required', `a NIC of kind ${nic.kind} names its network`)];
    return [say('kind', 'invalid', `the network is of kind ${kind}`)];
  }
  const asked = nic.addresses ?? [];
  if (!network) {
    return asked.length > 0
      ? [say('addresses', 'invalid', 'QEMU gives the address in the user network')]
      : [];
  }
  const faults = asked.flatMap((text, index) => askedFault(network, text, `${at}.addresses[${index}]`) ?? []);
  if (new Set(asked.map((text) => parseIp(text)?.family)).size < asked.length) {
    faults.push(say('addresses', 'unique', 'at most one of IPv4 and one of IPv6'));
  }
  if ((nic.portForwards ?? []).length > 0) {
    faults.push(say('portForwards', 'invalid', 'only a NIC in the user network has port forwards'));
  }
  return faults;
}

async function refuseTakenMacs(tx: Tx, wanted: NicInput[]): Promise<void> {
  const macs = wanted.flatMap((it) => it.mac?.toLowerCase() ?? []);
  const [taken] = new Set(macs).size < macs.length ? macs : await tx.parts.macsInUse(macs);
  if (taken) throw new VmanError('address_in_use', `Another NIC has the MAC ${taken}.`);
}

export const wantedNetworks = (networks: NicNetworks): WantedNetwork[] =>
  networks.flatMap((it) => (it ? [{ name: it.name, kind: it.kind, bridge: it.bridge }] : []));

/**
 * Takes the addresses of new NICs, those that were asked for or the next free ones: one of each family that the
 * network has. In the order of the networks, so that two VMs never wait for each other in a circle.
 */
export async function takeAddresses(
  tx: Tx,
  vm: { id: string; project: string },
  nics: { nic: NicEntity; network: NetworkEntity | undefined; asked: string[] }[],
  restSeconds: number,
): Promise<void> {
  const wanted = nics.flatMap(({ nic, network, asked }) => (network ? [{ nic, network, asked }] : []));
  wanted.sort((a, b) => a.network.id.localeCompare(b.network.id));
  for (const { nic, network, asked } of wanted) {
    for (const family of familiesOf(network)) {
      const taker = {
        id: uuidv7(),
        networkId: network.id,
        project: vm.project,
        family,
        source: network.dhcp ? 'dhcp' : 'static',
        vmId: vm.id,
        nicId: nic.id,
        note: '',
      } as const;
      const named = asked.find((it) => parseIp(it)?.family === family);
      await takeAddress(tx, network, taker, named, restSeconds);
    }
  }
}
