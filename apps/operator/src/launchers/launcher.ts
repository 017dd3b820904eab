import type { Confinement } from '#libs/contracts';
import type { LaunchedQemu } from '#libs/qemu';
import type { VmLimits } from './limits.js';
import type { QemuAccess } from './qemu-access.js';

export interface LaunchOrder {
  vmId: string;
  launchId: string;
  binary: string;
  args: readonly string[];
  logPath: string;
  cwd: string;
  limits: VmLimits;
  /** Open files that QEMU inherits from descriptor 3 on; the caller closes its own afterwards. */
  fds: readonly number[];
}

/**
 * How QEMU processes come to be on this host. Whatever the way, the process is our child, has the pid that is given,
 * and outlives us.
 */
export interface Launcher {
  /** For the heartbeat. */
  readonly told: Confinement;
  /** Who may reach which file. */
  readonly access: QemuAccess;
  /** Throws what `spawn` throws. */
  launch(order: LaunchOrder): Promise<LaunchedQemu>;
  /** Gives a process that has started, or that is adopted, the limits that it lacks. Never rejects. */
  limit(vmId: string, pid: number, limits: VmLimits): Promise<void>;
  /** After the end of its process: nothing of it stays outside its folders. Never rejects. */
  clearUp(vmId: string): Promise<void>;
}
