import type { LaunchOrder } from './launcher.js';
import type { QemuUser } from './qemu-user.js';

/** systemd's unit of one launch; a new launch never meets the unit of the one before. */
export function scopeOf({ vmId, launchId }: Pick<LaunchOrder, 'vmId' | 'launchId'>): string {
  return `vman-${vmId}-${launchId.slice(-12)}.scope`;
}

/**
 * The words after `systemd-run`: it puts itself into a scope and becomes QEMU, so that the pid stays and the exit
 * status is seen by whoever started it. `setpriv` takes the user away in between, with all groups but one: systemd-run
 * would leave the others. Pure.
 */
export function systemdCommand(order: LaunchOrder, user: QemuUser | undefined): string[] {
  const { cpuWeight, memoryBytes } = order.limits;
  const unprivileged = user
    ? ['setpriv', `--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups', '--inh-caps=-all', '--']
    : [];
  return [
    ...['--scope', '--quiet', '--collect', '--slice=vman.slice', `--unit=${scopeOf(order)}`],
    `--description=VMAN guest ${order.vmId}`,
    `--property=CPUWeight=${cpuWeight}`,
    `--property=MemoryMax=${memoryBytes}`,
    // Stopping the scope asks QEMU and waits; the operator's own unit has no part in it.
    ...['--property=KillMode=mixed', '--property=TimeoutStopSec=30s'],
    ...['--', ...unprivileged, order.binary, ...order.args],
  ];
}
