// Job: the three services as processes, kept running. How: each is started and waited for until it answers
// `/ready`; one that ends by itself is started again, after a pause that doubles with each quick end, with
// its last log lines shown. Settings it refuses (status 78) are not tried again.
import { join } from 'node:path';
import { NODE, ROOT } from '../provision/paths.mjs';
import { lastWordsOf } from './log-tail.mjs';
import { endProcesses, pause, processesWith, startProcess } from './processes.mjs';

const READY_MS = 90_000;
const STOP_MS = 15_000;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;
/** Who ran this long before it ended is started again with the first pause. */
const HEALTHY_MS = 60_000;
const REFUSED_SETTINGS = 'status 78';

/** What a killed run left behind would fight with ours for ports and for the host's storage. */
export async function endLeftServices(folders, log) {
  const old = processesWith(`--log-dir=${folders.logs}`).map(({ pid }) => pid);
  if (old.length > 0) log(`stopping services that an earlier run left behind (${old.join(', ')})`);
  await endProcesses(old, STOP_MS);
}

/**
 * @param {object} options
 * @param {Record<string, {port: number, env: Record<string, string>}>} options.services by name
 * @param {ReturnType<import('./data-folder.mjs').openDataFolder>} options.folders
 * @param {(line: string) => void} options.log
 * @returns {{ready: () => Promise<void>, stop: () => Promise<void>}}
 */
export function startServices({ services, folders, log }) {
  const kept = Object.entries(services).map(([name, { port, env }]) =>
    keep({ name, port, env, folders, log }),
  );
  return {
    ready: () => Promise.all(kept.map((service) => service.ready())),
    stop: () => Promise.all(kept.map((service) => service.stop())),
  };
}

function keep({ name, port, env, folders, log }) {
  const lastLines = () => lastWordsOf(folders, name);
  const main = join(ROOT, 'dist', 'apps', name, 'src', 'main.js');
  let stopping = false;
  let refused = false;
  let wait = FIRST_PAUSE_MS;
  let current;
  const launch = () => {
    const began = Date.now();
    current = startProcess(NODE, ['--enable-source-maps', main, `--log-dir=${folders.logs}`], {
      cwd: folders.root,
      env,
      output: join(folders.logs, `${name}.out`),
    });
    current.exited.then(async (how) => {
      if (stopping) return;
      refused = how === REFUSED_SETTINGS;
      if (refused) return log(`${name} refuses its settings:\n${lastLines()}`);
      if (Date.now() - began > HEALTHY_MS) wait = FIRST_PAUSE_MS;
      log(`${name} ended (${how}); it is started again in ${wait} ms. Its last log lines:\n${lastLines()}`);
      await pause(wait);
      wait = Math.min(wait * 2, LONGEST_PAUSE_MS);
      if (!stopping) launch();
    });
  };
  launch();
  return {
    ready: async () => {
      const deadline = Date.now() + READY_MS;
      while (!(await answersReady(port))) {
        if (stopping) throw new Error('stopped while starting');
        if (!refused && Date.now() < deadline) await pause(50);
        else
          throw new Error(
            `${name} is not ready (logs in ${folders.logs}). Its last log lines:\n${lastLines()}`,
          );
      }
    },
    stop: () => {
      stopping = true;
      return current.stop(STOP_MS);
    },
  };
}

async function answersReady(port) {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/ready`, { signal: AbortSignal.timeout(2000) });
    return response.ok;
  } catch {
    return false;
  }
}
