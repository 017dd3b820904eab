import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { ConfigError, type OperatorConfig } from '#libs/config';
import type { Logger } from '#libs/logging';
import type { StoragePaths } from '../storage/paths.js';
import { DirectLauncher } from './direct.launcher.js';
import { findCgroups } from './find-cgroups.js';
import type { Launcher } from './launcher.js';
import { QemuAccess } from './qemu-access.js';
import { findQemuUser } from './qemu-user.js';
import { SystemdLauncher } from './systemd.launcher.js';

const SYSTEMD_OWNS = "the cgroups of this host are systemd's: VMAN_LAUNCHER=systemd sets limits";

/** How this host starts QEMU, looked up once and said once. Throws ConfigError when a setting cannot be followed. */
export async function makeLauncher(
  config: Pick<OperatorConfig, 'launcher' | 'qemuUser'>,
  paths: StoragePaths,
  logger: Logger,
  systemdRuns = existsSync('/run/systemd/system'),
): Promise<Launcher> {
  if (config.launcher === 'systemd') mustRunSystemd(systemdRuns);
  const choice = await findQemuUser(config.qemuUser, [dirname(paths.host), paths.run]);
  const access = new QemuAccess(choice, paths);
  await access.openFolders();
  const launcher =
    config.launcher === 'systemd'
      ? new SystemdLauncher(access)
      : new DirectLauncher(access, systemdRuns ? SYSTEMD_OWNS : await findCgroups(), logger);
  const { told } = launcher;
  if (!choice.user && !choice.expected) logger.warn({ reason: choice.reason }, 'QEMU runs as root');
  if (told.limits === 'none') logger.warn({ reason: told.limitsReason }, 'guests run without limits');
  logger.info({ ...told }, 'how QEMU is started');
  return launcher;
}

function mustRunSystemd(runs: boolean): void {
  const problem = runs
    ? process.geteuid?.() === 0
      ? undefined
      : 'needs root: only root may make scopes of systemd'
    : 'systemd is not process 1 of this host';
  if (problem === undefined) return;
  const instead = 'set VMAN_LAUNCHER=direct, or run the operator as root where systemd runs';
  throw new ConfigError('operator', [{ key: 'VMAN_LAUNCHER', problem, instead }]);
}
