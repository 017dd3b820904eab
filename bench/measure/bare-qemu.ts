/**
 * The limit that VMAN is measured against: the very command line that the operator used for a VM, with a folder of
 * its own, started by nothing but a small program that speaks QMP.
 */
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { launchQemu, QmpClient } from '#libs/qemu';

export interface BareTemplate {
  binary: string;
  args: string[];
}

export interface BareQemu {
  stop(): Promise<void>;
}

/** The command line of a process that the operator started. */
export function commandLineOf(pid: number): BareTemplate {
  const [binary = '', ...args] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1);
  return { binary, args };
}

/** Starts it anew below `folder` and resolves once QEMU says that the guest runs. */
export async function startBare(template: BareTemplate, folder: string): Promise<BareQemu> {
  const own = mkdtempSync(join(folder, 'b'));
  const socket = join(own, 'qmp.sock');
  const args = template.args.map((arg) => intoFolder(arg, own));
  const child = await launchQemu({ binary: template.binary, args, logPath: join(own, 'log'), cwd: own });
  const qmp = await QmpClient.connect(socket, { waitMs: 10_000 });
  await qmp.execute('cont');
  const { status } = await qmp.execute('query-status');
  if (status !== 'running') throw new Error(`bare QEMU is ${status}`);
  return {
    async stop() {
      await qmp.execute('quit').catch(() => {});
      await child.exited;
      rmSync(own, { recursive: true, force: true });
    },
  };
}

/** Every path of the original becomes one in `folder`; a disk is copied, as an overlay is 200 KiB. */
function intoFolder(arg: string, folder: string): string {
  return arg.replaceAll(/\/[^",]+\/([^/",]+)/g, (path, name) => {
    if (path.includes('/images/') || path.startsWith('/dev') || path.startsWith('/usr')) return path;
    const target = join(folder, name);
    if (name.endsWith('.qcow2')) {
      mkdirSync(folder, { recursive: true });
      copyFileSync(path, target);
    }
    return join(folder, basename(target));
  });
}
