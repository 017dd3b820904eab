import type { MachineType } from '#libs/contracts';
import { VmanError } from '#libs/errors';
import { rootPortId } from './device-names.js';

/**
 * Where each device sits on the PCI bus. Every place is fixed, so that leaving one device out never moves another
 * (a guest would see new hardware). On q35 each NIC and disk has its own root port and can be unplugged; `pc` and
 * `microvm` take them on the root bus.
 */
export const FIXED_SLOTS = {
  screen: 0x2,
  serialBus: 0x3,
  rng: 0x4,
  balloon: 0x5,
  watchdog: 0x6,
  panic: 0x7,
  tablet: 0x8,
} as const;

const FIRST_PORT_SLOT = 0x10;
/** Slot 0x1f belongs to the chipset of q35. */
const PORT_SLOTS = 0x1f - FIRST_PORT_SLOT;
const PORTS_PER_SLOT = 8;

/** Place of a device: the properties `bus` and `addr` of `-device`. */
export interface PciPlace {
  bus: string;
  addr: string;
}

const hex = (value: number): string => `0x${value.toString(16)}`;
const rootBus = (machine: MachineType): string => (machine === 'pc' ? 'pci.0' : 'pcie.0');

export const fixedPlace = (machine: MachineType, slot: keyof typeof FIXED_SLOTS): PciPlace => ({
  bus: rootBus(machine),
  addr: hex(FIXED_SLOTS[slot]),
});

export const maxPorts = (machine: MachineType): number =>
  machine === 'q35' ? PORT_SLOTS * PORTS_PER_SLOT : PORT_SLOTS;

/** Place of the device that uses a port. */
export function portPlace(machine: MachineType, port: number): PciPlace {
  if (port >= maxPorts(machine)) {
    throw new VmanError('invalid_input', `A ${machine} machine has ${maxPorts(machine)} PCI ports`);
  }
  return machine === 'q35'
    ? { bus: rootPortId(port), addr: '0x0' }
    : { bus: rootBus(machine), addr: hex(FIRST_PORT_SLOT + port) };
}

/** The root ports of a q35 machine as `-device` properties. */
export function rootPorts(total: number): Record<string, unknown>[] {
  if (total > maxPorts('q35')) {
    throw new VmanError('invalid_input', `A q35 machine has ${maxPorts('q35')} PCI ports`);
  }
  return Array.from({ length: total }, (_, port) => ({
    driver: 'pcie-root-port',
    id: rootPortId(port),
    bus: 'pcie.0',
    chassis: port + 1,
    addr: `${hex(FIRST_PORT_SLOT + Math.floor(port / PORTS_PER_SLOT))}.${hex(port % PORTS_PER_SLOT)}`,
    multifunction: true,
  }));
}
