// Job: the processes of one data folder. How: each is started in a session of its own (a Ctrl-C on the
// terminal then reaches only us, and we stop things in order) with the data folder on its command line, so
// that what a killed run left behind is found by reading /proc, and nothing else is ever touched.
import { spawn } from 'node:child_process';
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { startTimeOf } from '../provision/lock.mjs';

const POLL_MS = 25;

export function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/**
 * Starts a program with its output appended to a file.
 * @returns {{pid: number | undefined, exited: Promise<string>, alive: () => boolean, stop: (graceMs: number) => Promise<void>}}
 * exited: how it ended, such as `status 1`
 */
export function startProcess(program, args, { cwd, env, output }) {
  const file = openSync(output, 'a', 0o600);
  const child = spawn(program, args, { cwd, env, detached: true, stdio: ['ignore', file, file] });
  closeSync(file);
  let ended = false;
  const exited = new Promise((resolve) => {
    const end = (how) => {
      ended = true;
      resolve(how);
    };
    child.once('error', (error) => end(error.message));
    child.once('exit', (code, signal) => end(signal ?? `status ${code}`));
  });
  const stop = async (graceMs) => {
    for (const signal of ['SIGTERM', 'SIGKILL']) {
      if (ended) return;
      child.kill(signal);
      await within(exited, graceMs);
    }
  };
  return { pid: child.pid, exited, alive: () => !ended, stop };
}

/** Waits for a promise, but no longer than this. */
async function within(promise, ms) {
  let timer;
  const limit = new Promise((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([promise, limit]);
  clearTimeout(timer);
}

/**
 * The living processes, but this one, with `text` on their command line.
 * @returns {{pid: number, commandLine: string}[]}
 */
export function processesWith(text) {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .map((name) => ({ pid: Number(name), commandLine: commandLineOf(name) }))
    .filter(({ pid, commandLine }) => commandLine.includes(text) && startTimeOf(pid) !== undefined);
}

function commandLineOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  } catch {
    return '';
  }
}

/** Ends processes that are not our children: politely, then by force. */
export async function endProcesses(pids, graceMs) {
  for (const signal of ['SIGTERM', 'SIGKILL']) {
    const left = pids.filter((pid) => startTimeOf(pid) !== undefined);
    for (const pid of left) sendSignal(pid, signal);
    const deadline = Date.now() + graceMs;
    while (left.some((pid) => startTimeOf(pid) !== undefined) && Date.now() < deadline) await pause(POLL_MS);
  }
}

function sendSignal(pid, signal) {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}
