/**
 * QEMU in a transient scope of systemd, one for each launch, in `vman.slice`: systemd enforces CPU weight and memory
 * limit, shows each guest in `systemd-cgls`, and no stop or restart of the operator's unit reaches it.
 *
 * Assumes systemd as process 1 and the right to make scopes, which is root's. The scope goes when its process ends.
 */
import type { Confinement } from '#libs/contracts';
import { type LaunchedQemu, launchQemu } from '#libs/qemu';
import type { Launcher, LaunchOrder } from './launcher.js';
import type { QemuAccess } from './qemu-access.js';
import { systemdCommand } from './systemd-command.js';

export class SystemdLauncher implements Launcher {
  readonly told: Confinement;

  constructor(
    readonly access: QemuAccess,
    private readonly systemdRun = 'systemd-run',
  ) {
    this.told = { launcher: 'systemd', limits: 'systemd', limitsReason: '', ...access.told };
  }

  async launch(order: LaunchOrder): Promise<LaunchedQemu> {
    const { logPath, cwd, fds } = order;
    const args = systemdCommand(order, this.access.user);
    return launchQemu({ binary: this.systemdRun, args, logPath, cwd, fds });
  }

  async limit(): Promise<void> {}

  async clearUp(): Promise<void> {}
}
