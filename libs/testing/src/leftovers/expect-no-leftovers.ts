import { readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { testFolder } from '../test-folder.js';
import { waitFor } from '../wait-for.js';

export interface Leftovers {
  /** A folder for all that the test makes; whatever names it in its command line or works in it belongs to it. */
  readonly folder: string;
  /** Counts a process that does not name the folder to the test. */
  watch(pid: number): void;
  /**
   * For `afterAll`: removes the folder, and fails, saying what and killing it, when a process is left, or a file
   * whose path (relative to the folder) does not begin with one of `allowed`.
   */
  check(options?: { allowed?: readonly string[] }): Promise<void>;
}

const LAST_MOMENT_MS = 3_000;

/** Call it when the test file begins, and its `check` when it ends. */
export function expectNoLeftovers(prefix = 't'): Leftovers {
  const folder = testFolder(prefix);
  const watched = new Set<number>();
  const alive = () => processes().filter(({ pid, text }) => watched.has(pid) || text.includes(folder));
  return {
    folder,
    watch: (pid) => watched.add(pid),
    async check({ allowed = [] } = {}) {
      const faults: string[] = [];
      await waitFor(() => alive().length === 0, { timeoutMs: LAST_MOMENT_MS, what: 'all ended' }).catch(
        () => {},
      );
      for (const { pid, text } of alive()) {
        faults.push(`process ${pid}: ${text}`);
        process.kill(pid, 'SIGKILL');
      }
      faults.push(...filesIn(folder).filter((path) => !allowed.some((prefix) => path.startsWith(prefix))));
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
      if (faults.length > 0) throw new Error(`the test left behind:\n  ${faults.join('\n  ')}`);
    },
  };
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => `${entry.parentPath}/${entry.name}`.slice(folder.length + 1));
}

/** Everything that runs, except this process, with its command line and working folder. */
function processes(): { pid: number; text: string }[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0 && pid !== process.pid)
    .flatMap((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
        return command ? [{ pid, text: `${command} (in ${readlinkSync(`/proc/${pid}/cwd`)})` }] : [];
      } catch {
        return [];
      }
    });
}
