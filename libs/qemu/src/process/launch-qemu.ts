/**
 * Starts a QEMU that outlives us: in its own session, so that neither our end nor a signal from a terminal reaches
 * it; with nothing of our environment; its words in a log file. Never with `-daemonize`, which hides the exit status
 * and is killed by the full sandbox. The exit status is known only while we are its parent: of an adopted QEMU,
 * the end of the monitor's connection is the sign.
 */
import { spawn } from 'node:child_process';
import { open } from 'node:fs/promises';
import { MINIMAL_ENV } from './minimal-env.js';
import { processStartTime } from './process-identity.js';

export interface QemuLaunch {
  binary: string;
  args: readonly string[];
  /** What QEMU prints is appended here. */
  logPath: string;
  cwd: string;
  uid?: number;
  gid?: number;
  env?: Record<string, string>;
  /** Inherited from descriptor 3 on, in this order. */
  fds?: readonly number[];
}

export interface QemuExit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface LaunchedQemu {
  pid: number;
  /** Of the process, in clock ticks since boot; with the boot id it tells this process from a later one. */
  startTime: number | undefined;
  exited: Promise<QemuExit>;
}

/** Resolves once the process exists. Throws what `spawn` throws (`ENOENT`, `EACCES`, `EAGAIN`). */
export async function launchQemu(launch: QemuLaunch): Promise<LaunchedQemu> {
  const { binary, args, logPath, cwd, uid, gid, env, fds = [] } = launch;
  const log = await open(logPath, 'a', 0o600);
  try {
    const child = spawn(binary, args, {
      cwd,
      env: { ...MINIMAL_ENV, ...env },
      detached: true,
      stdio: ['ignore', log.fd, log.fd, ...fds],
      ...(uid === undefined ? {} : { uid }),
      ...(gid === undefined ? {} : { gid }),
    });
    const exited = new Promise<QemuExit>((resolve) => {
      child.once('exit', (code, signal) => resolve({ code, signal }));
    });
    const pid = await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('spawn', () => resolve(child.pid as number));
    });
    child.unref();
    return { pid, startTime: await processStartTime(pid), exited };
  } finally {
    await log.close();
  }
}
