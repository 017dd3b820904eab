import type { GuestInterface } from '#libs/contracts';
import type { GuestInterface as SeenInterface } from '#libs/qemu';

/** The row of a VM travels with every heartbeat, so it carries no more than this. */
const MAX_INTERFACES = 16;
const MAX_ADDRESSES = 16;
const NO_MAC = '00:00:00:00:00:00';

/** All interfaces as the guest tells them. Pure. */
export function toldInterfaces(seen: SeenInterface[]): GuestInterface[] {
  return seen.map(({ name, mac, addresses }) => ({
    name,
    mac: mac && mac !== NO_MAC ? mac.toLowerCase() : '',
    addresses: addresses.map((address) => ({ ...address })),
  }));
}

/** What is worth reporting: interfaces with hardware, in an order of their own, so that the same facts look the same. */
export function reportedInterfaces(seen: SeenInterface[]): GuestInterface[] {
  return toldInterfaces(seen)
    .filter(({ mac }) => mac !== '')
    .sort((a, b) => compare(a.name, b.name))
    .slice(0, MAX_INTERFACES)
    .map((nic) => ({
      ...nic,
      addresses: nic.addresses
        .sort((a, b) => compare(a.family, b.family) || compare(a.address, b.address))
        .slice(0, MAX_ADDRESSES),
    }));
}

/** Has the guest an address that others can use, or does it still wait for one? */
export function hasAddress(interfaces: GuestInterface[]): boolean {
  return interfaces.some(({ addresses }) => addresses.some(({ address }) => !isLinkLocal(address)));
}

const isLinkLocal = (address: string) => /^(169\.254\.|fe[89ab][0-9a-f]:)/i.test(address);
const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
