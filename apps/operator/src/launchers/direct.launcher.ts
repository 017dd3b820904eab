/** QEMU as a plain process in a session of its own, with the limits that a writable cgroup gives. */
import type { Confinement } from '#libs/contracts';
import type { Logger } from '#libs/logging';
import { type LaunchedQemu, launchQemu } from '#libs/qemu';
import type { Cgroups } from './cgroups.js';
import type { Launcher, LaunchOrder } from './launcher.js';
import type { VmLimits } from './limits.js';
import type { QemuAccess } from './qemu-access.js';
import { hasAmbientRights, withoutRights } from './without-rights.js';

export class DirectLauncher implements Launcher {
  readonly told: Confinement;
  private readonly moving = new Map<string, Promise<void>>();

  /** `cgroups`: where limits are set, or why there are none. */
  constructor(
    readonly access: QemuAccess,
    private readonly cgroups: Cgroups | string,
    private readonly logger: Logger,
  ) {
    const limits =
      typeof cgroups === 'string'
        ? ({ limits: 'none', limitsReason: cgroups } as const)
        : { limits: cgroups.kind, limitsReason: '' };
    this.told = { launcher: 'direct', ...limits, ...access.told };
  }

  async launch(order: LaunchOrder): Promise<LaunchedQemu> {
    const { logPath, cwd, fds } = order;
    const { binary, args } = (await hasAmbientRights()) ? withoutRights(order.binary, order.args) : order;
    const { uid, gid } = this.access.user ?? {};
    return launchQemu({ binary, args, logPath, cwd, uid, gid, fds });
  }

  limit(vmId: string, pid: number, limits: VmLimits): Promise<void> {
    const done = this.put(vmId, pid, limits).finally(() => this.moving.delete(vmId));
    this.moving.set(vmId, done);
    return done;
  }

  async clearUp(vmId: string): Promise<void> {
    if (typeof this.cgroups === 'string') return;
    await this.moving.get(vmId);
    await this.cgroups.remove(vmId).catch((error) => {
      this.logger.debug({ err: error, vmId }, 'the cgroup of a process that ended stays');
    });
  }

  private async put(vmId: string, pid: number, limits: VmLimits): Promise<void> {
    const { cgroups, logger } = this;
    if (typeof cgroups === 'string') return;
    try {
      if (!(await cgroups.holds(vmId, pid))) await cgroups.put(vmId, pid, limits);
    } catch (error) {
      // One that has ended meanwhile needs none.
      if ((error as NodeJS.ErrnoException).code === 'ESRCH') return;
      logger.warn({ err: error, vmId, pid }, 'a process runs without limits');
    }
  }
}
