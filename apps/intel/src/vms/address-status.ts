/**
 * The addresses of a VM: what is reserved for its NICs beside what its guest shows. Pure.
 *
 * Intel has no route to the guests; whether a guest uses its address, only an agent inside of it can tell. Without
 * one the reservation stands alone, unseen. A connection to a port forward proves nothing: QEMU accepts it before
 * anybody in the guest does.
 */
import type { GuestInterface } from '#libs/contracts';
import type { ConditionView, VmAddressView } from '#libs/contracts/http';
import { formatIp, parseCidr, parseIp } from '#libs/domain';
import {
  type ForeignAddress,
  type GuestAgentRow,
  type NicEntity,
  type SeenVm,
  USER_ADDRESS,
  type VmParts,
} from '../db-operator/index.js';

/** What QEMU's own DHCP server gives to the guest of each user-mode NIC. */
const USER_MODE = { address: USER_ADDRESS, family: 'ipv4', prefix: 24, source: 'user' } as const;

type Reserved = Pick<VmAddressView, 'address' | 'family' | 'prefix' | 'source' | 'lastSeenAt'>;

const isLinkLocal = (address: string) => /^(169\.254\.|fe[89ab][0-9a-f]:)/i.test(address);

export function addressStatus(seen: SeenVm, parts: VmParts): VmAddressView[] {
  const interfaces = seen.vm.guestAgent?.seen?.interfaces ?? [];
  const ofNics = parts.nics.flatMap((nic) => {
    const inGuest = interfaces.filter((it) => it.mac.toLowerCase() === nic.mac);
    return ofNic(seen, parts, nic, inGuest);
  });
  const macs = new Set(parts.nics.map((it) => it.mac));
  const others = interfaces.filter((it) => !macs.has(it.mac.toLowerCase()));
  return [...ofNics, ...others.flatMap((it) => reachable(it).map((address) => seenOnly(seen, it, address)))];
}

function ofNic(seen: SeenVm, parts: VmParts, nic: NicEntity, inGuest: GuestInterface[]): VmAddressView[] {
  const network = nic.networkId === null ? undefined : parts.networks.get(nic.networkId);
  const reserved = reservedOf(parts, nic);
  const shown = inGuest.flatMap((it) => reachable(it).map((address) => ({ from: it, address })));
  const common = { mac: nic.mac, network: network?.name ?? 'user' };
  const expected = reserved.map((it): VmAddressView => {
    const same = shown.find(({ address }) => isSame(address.address, it.address));
    const instead = shown.find(({ address }) => address.family === it.family)?.address.address;
    const conflict =
      (!same && instead && `the guest has ${instead} on this NIC instead`) ||
      shownByOther(seen.vm.project, parts.shownElsewhere, nic, it.address);
    const found = same && { interface: same.from.name, lastSeenAt: lastSeen(seen) };
    return { ...it, ...common, ...found, ...(conflict ? { conflict } : {}) };
  });
  const extra = shown.filter(({ address }) => !reserved.some((it) => isSame(it.address, address.address)));
  return [
    ...expected,
    ...extra.map(({ from, address }) => {
      const conflict =
        foreignConflict(seen, parts, nic, address.address) ??
        shownByOther(seen.vm.project, parts.shownElsewhere, nic, address.address);
      return { ...seenOnly(seen, from, address), ...common, ...(conflict ? { conflict } : {}) };
    }),
  ];
}

function reservedOf(parts: VmParts, nic: NicEntity): Reserved[] {
  if (nic.kind === 'user') return [USER_MODE];
  const network = nic.networkId === null ? undefined : parts.networks.get(nic.networkId);
  return parts.addresses
    .filter((it) => it.nicId === nic.id)
    .map(({ address, family, source, lastSeenAt }) => ({
      address,
      source,
      ...(lastSeenAt ? { lastSeenAt: lastSeenAt.toISOString() } : {}),
      family: family === 4 ? 'ipv4' : 'ipv6',
      prefix: parseCidr((family === 4 ? network?.cidrV4 : network?.cidrV6) ?? '')?.prefix ?? 0,
    }));
}

/** An address that somebody else has in the same network: two machines answer to it. */
function foreignConflict(
  { vm }: SeenVm,
  parts: VmParts,
  nic: NicEntity,
  address: string,
): string | undefined {
  const holder = parts.foreign.find((it) => it.networkId === nic.networkId && isSame(it.address, address));
  if (!holder) return undefined;
  if (holder.vmId === null) return 'it is reserved by hand';
  return holder.project === vm.project ? `the VM ${holder.vmName} holds it` : 'another VM holds it';
}

/** What a guest of another VM shows: the same conflict, told to the one that it is done to. */
export function shownByOther(
  project: string,
  showing: ForeignAddress[],
  { networkId }: Pick<NicEntity, 'networkId'>,
  address: string,
): string | undefined {
  const other = showing.find((it) => it.networkId === networkId && isSame(it.address, address));
  if (!other) return undefined;
  return other.project === project
    ? `the guest of the VM ${other.vmName} shows it`
    : 'the guest of another VM shows it';
}

const seenOnly = (
  seen: SeenVm,
  from: GuestInterface,
  address: GuestInterface['addresses'][number],
): VmAddressView => ({
  ...address,
  source: 'guest-agent',
  mac: from.mac,
  interface: from.name,
  lastSeenAt: lastSeen(seen),
});

const reachable = ({ addresses }: GuestInterface) => addresses.filter((it) => !isLinkLocal(it.address));
/** A guest that goes on showing the same is not written down again; its host's sign of life says so. */
export const shownUntil = ({ vm, hostSeenAt }: SeenVm): Date | null =>
  vm.observedAt && hostSeenAt && hostSeenAt > vm.observedAt ? hostSeenAt : vm.observedAt;
const lastSeen = (seen: SeenVm) => shownUntil(seen)?.toISOString();

export function isSame(one: string, other: string): boolean {
  const [a, b] = [parseIp(one), parseIp(other)];
  return a !== undefined && b !== undefined && formatIp(a) === formatIp(b);
}

/** Those of its own addresses that the guest showed and does not show any more. */
export function noLongerShown(before: GuestAgentRow | null, after: GuestAgentRow | null): string[] {
  const now = new Set(addressesShown(after));
  return addressesShown(before).filter((it) => !now.has(it));
}

const addressesShown = (row: GuestAgentRow | null): string[] =>
  (row?.seen?.interfaces ?? []).flatMap((it) => {
    return it.addresses.flatMap(({ address }) => {
      const ip = parseIp(address);
      return ip ? [formatIp(ip)] : [];
    });
  });

/** Whether the guest has what is reserved for it, as far as anybody can know. */
export function addressCondition(seen: SeenVm, parts: VmParts): ConditionView {
  const condition = (status: ConditionView['status'], reason: string, message = ''): ConditionView => ({
    type: 'AddressAssigned',
    status,
    reason,
    message,
  });
  if (parts.nics.length === 0) return condition('false', 'no-nic');
  if (seen.shown === 'unknown') return condition('unknown', 'host-silent');
  if (seen.vm.pid === 0) return condition('false', 'not-running');
  if (seen.vm.guestAgent?.seen?.state !== 'connected') {
    return condition(
      'unknown',
      'no-guest-agent',
      'Only an agent in the guest can tell which address it uses.',
    );
  }
  const addresses = addressStatus(seen, parts);
  const clash = addresses.find((it) => it.conflict);
  if (clash) return condition('false', 'conflict', `${clash.address}: ${clash.conflict}.`);
  const missing = missingAddresses(addresses);
  if (missing.length > 0) {
    return condition('false', 'not-seen-yet', `The guest does not show ${missing.join(', ')} yet.`);
  }
  return addresses.some(isShown) ? condition('true', 'seen') : condition('false', 'not-seen-yet');
}

/** What keeps a guest whose agent answers from being ready; undefined when nothing does. */
export function waitsForAddress(seen: SeenVm, parts: VmParts): string | undefined {
  if (seen.vm.guestAgent?.seen?.state !== 'connected') return undefined;
  const missing = missingAddresses(addressStatus(seen, parts));
  return missing.length > 0 ? `The guest does not show ${missing.join(', ')}.` : undefined;
}

const missingAddresses = (addresses: VmAddressView[]) =>
  addresses
    .filter((it) => (it.source === 'static' || it.source === 'dhcp') && !isShown(it))
    .map((it) => it.address);

/** Now; it may have been seen before. */
const isShown = (it: VmAddressView) => it.interface !== undefined;
