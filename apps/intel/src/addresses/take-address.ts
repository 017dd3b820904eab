import { failpoint } from '#libs/config';
import { formatIp, isWithin, type PoolDefinition, parseIp, poolSize } from '#libs/domain';
import { type FieldFault, VmanError } from '#libs/errors';
import type { AddressHolder, NetworkEntity, Taker, Tx } from '../db-operator/index.js';
import { networkPools } from '../networks/index.js';

/** What is wrong with asking a network for an address; undefined when it can be given. Pure. */
export function askedFault(network: NetworkEntity, text: string, field: string): FieldFault | undefined {
  const ip = parseIp(text);
  const say = (code: string, message: string): FieldFault => ({ field, code, message });
  if (!ip) return say('invalid', 'must be an IP address without a zone');
  const pool = networkPools(network).find((it) => isWithin(it.cidr, ip));
  if (!pool) {
    const cidrs = [network.cidrV4, network.cidrV6].filter((it) => it !== null).join(' and ');
    return say('range', `must be within ${cidrs || 'a network that has addresses'}`);
  }
  const { cidr, gateway, reserved } = pool;
  if (ip.value === gateway?.value) return say('reserved', `is the gateway of ${network.name}`);
  const isEdge = ip.value === cidr.first || (cidr.family === 4 && ip.value === cidr.last);
  if (isEdge) return say('reserved', 'is the first or last address of the network');
  if (reserved.some((it) => ip.value >= it.first && ip.value <= it.last)) {
    return say('reserved', `is among the reserved ones of ${network.name}`);
  }
  return undefined;
}

/** Takes the address that was asked for, or the next free one. Throws address_in_use or address_exhausted. */
export async function takeAddress(
  tx: Tx,
  network: NetworkEntity,
  taker: Taker,
  asked: string | undefined,
  restSeconds: number,
): Promise<void> {
  const ip = asked === undefined ? undefined : parseIp(asked);
  if (!ip) {
    if ((await tx.addresses.takeNext(taker, restSeconds)) === undefined) {
      throw await exhausted(tx, network, taker.family);
    }
    return failpoint('intel.address-taken');
  }
  const address = formatIp(ip);
  const taken = await tx.addresses.take(taker, address, restSeconds);
  if (taken.kind === 'held') throw inUse(network, taker, address, taken.holder);
}

function inUse(network: NetworkEntity, taker: Taker, address: string, holder: AddressHolder): VmanError {
  const who = holder.project === taker.project ? '' : ' of another project';
  const where = `${address} of the network ${network.name}`;
  switch (holder.state) {
    case 'held': {
      const name = who ? '' : ` ${holder.vmName ?? ''}`;
      return new VmanError('address_in_use', `${where} is held by the VM${name}${who}.`);
    }
    case 'resting':
      return new VmanError(
        'address_in_use',
        `${where} was let go and rests until ${holder.restsUntil?.toISOString() ?? 'later'}.`,
        { hint: 'Ask again after that time, or choose another address.' },
      );
    default:
      return new VmanError('address_in_use', `${where} is reserved by hand${who}.`);
  }
}

async function exhausted(tx: Tx, network: NetworkEntity, family: 4 | 6): Promise<VmanError> {
  const pool = networkPools(network).find((it) => it.cidr.family === family);
  const { held = 0, reserved = 0, resting = 0 } = await tx.addresses.figures(network.id, family);
  const size = pool ? poolSize(pool) : 0n;
  const figures = `${size} in all, ${held} held, ${reserved} reserved, ${resting} resting`;
  return new VmanError(
    'address_exhausted',
    `No IPv${family} address of ${network.name} is free: ${figures}.`,
  );
}

/** The pools of a network as the families in which a NIC gets an address. */
export const familiesOf = (network: NetworkEntity): PoolDefinition['cidr']['family'][] =>
  networkPools(network).map((it) => it.cidr.family);
