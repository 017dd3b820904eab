/** QEMU as a plain process in a session of its own, with the limits that a writable cgroup gives. */
import type { Confinement } from '#libs/contracts';
import type { Logger } from '#libs/logging';
import { launchQemu } from '#libs/qemu';
import type { Cgroups } from './cgroups.js';
import type { Launched, Launcher, LaunchOrder } from './launcher.js';
import type { VmLimits } from './limits.js';
import type { QemuAccess } from './qemu-access.js';
import { hasAmbientRights, withoutRights } from './without-rights.js';

export class DirectLauncher implements Launcher {
  readonly told: Confinement;

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

  async launch(order: LaunchOrder): Promise<Launched> {
    const { vmId, logPath, cwd, limits, fds } = order;
    const { binary, args } = (await hasAmbientRights()) ? withoutRights(order.binary, order.args) : order;
    const { uid, gid } = this.access.user ?? {};
    const child = await launchQemu({ binary, args, logPath, cwd, uid, gid, fds });
    return { ...child, limited: this.limit(vmId, child.pid, limits) };
  }

  async adopt(vmId: string, pid: number, limits: VmLimits): Promise<void> {
    const { cgroups } = this;
    if (typeof cgroups === 'string' || (await cgroups.holds(vmId, pid))) return;
    await this.limit(vmId, pid, limits);
  }

  async clearUp(vmId: string): Promise<void> {
    if (typeof this.cgroups === 'string') return;
    await this.cgroups.remove(vmId).catch((error) => {
      this.logger.debug({ err: error, vmId }, 'the cgroup of a process that ended stays');
    });
  }

  private async limit(vmId: string, pid: number, limits: VmLimits): Promise<void> {
    if (typeof this.cgroups === 'string') return;
    await this.cgroups.put(vmId, pid, limits).catch((error) => {
      this.logger.warn({ err: error, vmId, pid }, 'a process runs without limits');
    });
  }
}
