import type { MachineType } from '#libs/contracts';
import { VmanError } from '#libs/errors';
import type { QemuBinary } from './probe-binary.js';

const FAMILY = { q35: 'pc-q35-', pc: 'pc-i440fx-' } as const;

/** Version of the machine that a binary gives when none is asked for, such as `7.2`; microvm has no versions. */
export function newestMachineVersion({ machines }: QemuBinary, type: MachineType): string | undefined {
  if (type === 'microvm') return undefined;
  const alias = machines.find((machine) => machine.name === type)?.aliasOf;
  return alias?.startsWith(FAMILY[type]) ? alias.slice(FAMILY[type].length) : undefined;
}

/** Throws `unsupported` when a binary no longer has the machine that a guest was first started on. */
export function requireMachineVersion(binary: QemuBinary, type: MachineType, version: string): void {
  if (type === 'microvm') return;
  const name = `${FAMILY[type]}${version}`;
  if (binary.machines.some((machine) => machine.name === name)) return;
  throw new VmanError(
    'unsupported',
    `QEMU ${binary.version} of this host has no machine ${name}, which the VM was first started on.`,
  );
}
