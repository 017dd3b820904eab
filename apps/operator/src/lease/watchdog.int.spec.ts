import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import { expectNoLeftovers, waitFor } from '#libs/testing';
import { Watchdog } from './watchdog.js';

const leftovers = expectNoLeftovers('wd');
const { folder } = leftovers;
const started: ChildProcess[] = [];

afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
});
afterAll(() => leftovers.check({ allowed: ['watchdog.json', 'own/', 'asked/', 'pid'] }));

/** A process whose command line names the VM, as QEMU's does, and its pid file. */
function guest(vmId: string): { child: ChildProcess; pidFile: string } {
  const child = spawn('sleep', ['600'], { argv0: `qemu -uuid ${vmId}`, stdio: 'ignore' });
  started.push(child);
  const pidFile = join(folder, `pid ${vmId}`);
  writeFileSync(pidFile, `${child.pid}\n`);
  return { child, pidFile };
}
const own = join(folder, 'own');
const asked = join(folder, 'asked');
const watchdogPid = (of: string) => JSON.parse(readFileSync(join(of, 'watchdog.json'), 'utf8')).pid as number;
const catchesTerm = (pid: number) => {
  const caught = /^SigCgt:\s*(\w+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return (BigInt(`0x${caught ?? 0}`) >> 14n) % 2n === 1n;
};
const alive = (pid: number) => existsSync(`/proc/${pid}`);

describe('the watchdog', () => {
  it('ends a guest whose deadline passed, tells so once, and leaves the others alone', async () => {
    const [late, renewed, gone] = [uuidv7(), uuidv7(), uuidv7()];
    const watchdog = new Watchdog(folder);
    const [one, two, three] = [guest(late), guest(renewed), guest(gone)];
    const ended = once(one.child, 'exit');
    const now = await new Watchdog(folder).sinceBootMs();
    await watchdog.guard(renewed, two.pidFile, now + 600_000);
    // It does not look in between.
    const pid = watchdogPid(folder);
    process.kill(pid, 'SIGSTOP');
    await watchdog.guard(gone, three.pidFile, now - 1);
    await watchdog.release(gone);
    process.kill(pid, 'SIGCONT');
    await watchdog.guard(late, one.pidFile, now + 600_000);
    await watchdog.guard(late, one.pidFile, now - 1);
    expect(await ended).toEqual([null, 'SIGKILL']);
    expect(two.child.exitCode).toBeNull();
    expect(three.child.signalCode).toBeNull();
    expect(await watchdog.takeFenced(late)).toBe(true);
    expect(await watchdog.takeFenced(late)).toBe(false);
    expect(await watchdog.takeFenced(renewed)).toBe(false);
    await watchdog.release(renewed);
    await watchdog.release(late);
  });

  it('never ends a process that is not the guest, whatever its pid file says', async () => {
    const [named, other] = [uuidv7(), uuidv7()];
    const watchdog = new Watchdog(folder);
    const stranger = guest(other);
    const victim = guest(named);
    const ended = once(victim.child, 'exit');
    const now = await new Watchdog(folder).sinceBootMs();
    const nobody = uuidv7();
    await watchdog.guard(nobody, stranger.pidFile, now - 1);
    await watchdog.guard(named, victim.pidFile, now - 1);
    await ended;
    expect(stranger.child.signalCode).toBeNull();
    await watchdog.takeFenced(named);
    await Promise.all([nobody, named].map((vmId) => watchdog.release(vmId)));
  });

  it('stays when everything is asked to end, until no guest is left that it watches', async () => {
    const [hanging, late] = [uuidv7(), uuidv7()];
    const [one, two] = [guest(hanging), guest(late)];
    mkdirSync(asked);
    const watchdog = new Watchdog(asked);
    const now = await watchdog.sinceBootMs();
    await watchdog.guard(hanging, one.pidFile, now + 600_000);
    const pid = watchdogPid(asked);
    await waitFor(() => catchesTerm(pid), { timeoutMs: 30_000, what: 'it has begun' });
    process.kill(pid, 'SIGTERM');
    const ended = once(two.child, 'exit');
    await watchdog.guard(late, two.pidFile, now - 1);
    expect(await ended).toEqual([null, 'SIGKILL']);
    expect(alive(pid)).toBe(true);
    one.child.kill('SIGKILL');
    await waitFor(() => !alive(pid) || readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z'), {
      timeoutMs: 30_000,
      what: 'it has ended',
    });
    await watchdog.takeFenced(late);
  }, 40_000);

  it('is one for the host, is used by the next agent, is started anew when it was killed, and ends with its work', async () => {
    const vmId = uuidv7();
    const { pidFile } = guest(vmId);
    const far = (await new Watchdog(folder).sinceBootMs()) + 600_000;
    mkdirSync(own);
    await new Watchdog(own).guard(vmId, pidFile, far);
    const first = watchdogPid(own);
    const next = new Watchdog(own);
    await next.guard(vmId, pidFile, far);
    expect(watchdogPid(own)).toBe(first);
    process.kill(first, 'SIGKILL');
    await waitFor(() => !alive(first) || readFileSync(`/proc/${first}/stat`, 'utf8').includes(') Z'), {
      what: 'it is dead',
    });
    await next.guard(vmId, pidFile, far);
    const second = watchdogPid(own);
    expect(second).not.toBe(first);
    await next.release(vmId);
    await waitFor(() => !alive(second), { timeoutMs: 30_000, what: 'it has ended' });
  }, 40_000);
});
