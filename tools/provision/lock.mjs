// Job: one process at a time does a piece of provisioning, however many commands run in this checkout.
// How: a file made exclusively holds the owner's pid and process start time; it is taken over when that
// process is gone. Assumes: all users see the same process table (one machine, one pid namespace).
// Breaks: two waiters that find the same dead owner in the same instant may both go on; what they do is
// idempotent and ends in a rename, so the cost is double work.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** A process's start time in clock ticks, or undefined when it is gone (or a zombie). */
export function startTimeOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

/**
 * Takes the lock file or says who holds it.
 * @returns {{release: () => void} | {heldBy: number}}
 */
export function tryLock(file) {
  mkdirSync(dirname(file), { recursive: true });
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      writeFileSync(file, `${process.pid} ${startTimeOf(process.pid)}\n`, { flag: 'wx' });
      return { release: () => rmSync(file, { force: true }) };
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    const owner = ownerOf(file);
    if (owner !== undefined) return { heldBy: owner };
    rmSync(file, { force: true });
  }
  return { heldBy: 0 };
}

function ownerOf(file) {
  try {
    const [pid, started] = readFileSync(file, 'utf8').trim().split(' ');
    return startTimeOf(pid) === started ? Number(pid) : undefined;
  } catch {
    return undefined;
  }
}

/** Runs `work` while holding the lock file, waiting for its owner to end. */
export async function withLock(file, work) {
  for (;;) {
    const lock = tryLock(file);
    if (lock.release) {
      try {
        return await work();
      } finally {
        lock.release();
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
