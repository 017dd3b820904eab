import { createHash } from 'node:crypto';
import type { DesiredVm, Nic } from '#libs/contracts';
import { shortId } from '../storage/paths.js';

/**
 * Names on the host, made of ids alone: at most 15 bytes, which is all that the kernel takes for an interface, and
 * random enough that two never meet. Nothing is touched for its name: what VMAN made is written down in its storage,
 * and interfaces carry a mark besides.
 */
export const tapName = (nicId: string): string => `vm-${shortId(nicId)}`;
export const bridgeName = (networkId: string): string => `vmb${shortId(networkId)}`;
/** The packet filter's table of one network. */
export const networkTable = (networkId: string): string => `vman_${shortId(networkId)}`;
/** The packet filter's table that binds NICs of one host to their addresses. */
export const guardTable = (hostId: string): string => `vman_${shortId(hostId)}`;
export const guardChain = (nicId: string): string => `nic_${shortId(nicId)}`;

/** A NIC that hangs on a bridge of the host. */
export type BridgedNic = Nic & { network: NonNullable<Nic['network']> };

const isBridged = (nic: Nic): nic is BridgedNic => nic.kind !== 'user' && nic.network !== undefined;

export const bridgedNics = ({ nics }: Pick<DesiredVm, 'nics'>): BridgedNic[] => nics.filter(isBridged);

/** The bridge that a NIC hangs on. */
export function bridgeOf({ kind, network }: BridgedNic): string {
  return kind === 'managed' ? bridgeName(network.networkId) : network.bridge;
}

/** Changes with everything of a NIC that its tap, its guard or its reservation is made from. */
export function nicPrint({ mac, kind, network }: BridgedNic): string {
  return createHash('sha256')
    .update(JSON.stringify([mac, kind, Object.entries(network).sort()]))
    .digest('hex')
    .slice(0, 16);
}

/** The mark (`ifalias`) of an interface that this host made. */
export const markOf = (hostId: string, what: string): string => `vman ${hostId} ${what}`;
