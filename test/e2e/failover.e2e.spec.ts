import { cpSync, existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { HostView, ProblemView, VmChangeView } from '#libs/contracts/http';
import { freePort, waitFor } from '#libs/testing';
import { SharedPool } from './stack/shared-pool.js';

describe('two hosts with one shared pool', () => {
  let shared: SharedPool;
  beforeAll(async () => {
    shared = await SharedPool.start();
  }, 180_000);
  afterAll(() => shared?.stop(), 60_000);

  it('refuse failover for a VM with a disk that only one of them has', async () => {
    const body = { name: 'own', memoryMiB: 32, disks: [{ sizeGiB: 1 }], nics: [], failover: true };
    const refused = await shared.stack.api.send<ProblemView>('POST', '/v1/vms', body);
    expect(refused).toMatchObject({
      status: 400,
      body: {
        code: 'invalid_input',
        errors: [{ field: 'failover', message: expect.stringContaining('disk 0 lies in local') }],
        hint: expect.stringContaining('shared-dir'),
      },
    });
  });

  it('fail over a VM whose agent is frozen past its lease, and never run it twice', async () => {
    const [old, next] = await shared.hosts();
    await shared.runsOn(old);
    const [pid] = shared.pids;
    const began = Date.now();
    old.operator.freeze();
    await waitFor(() => !shared.pids.includes(pid!), {
      timeoutMs: 60_000,
      what: 'the watchdog has ended the guest of the frozen agent',
    });
    const fenced = Date.now() - began;
    await shared.runsOn(next);
    const took = Date.now() - began;
    process.stdout.write(`failover: the guest ended after ${fenced} ms, ran elsewhere after ${took} ms\n`);
    const there = shared.pids;
    old.operator.thaw();
    await shared.letGo(old);
    expect(shared.pids).toEqual(there);
    expect(shared.overlaps.most).toBe(1);
  }, 240_000);

  it('refuse a copy of a state folder, which starts nothing and takes nothing, whatever is asked of its id', async () => {
    const { api } = shared.stack;
    const [, owner] = await shared.hosts();
    const body = { name: 'local', memoryMiB: 32, disks: [{ sizeGiB: 1 }], nics: [] };
    const made = (await api.createVm(body)).vm;
    const own = await api.untilState(made.id, 'running', 60_000);
    const original = shared.stack.hosts.find((it) => it.id === own.status.host?.id) ?? owner;
    const [storage, run] = ['storage', 'run'].map((it) => join(shared.folder, '..', `copied-${it}`));
    cpSync(original.storage, storage!, { recursive: true, preserveTimestamps: true });
    // On another machine the process that the lock names does not live.
    rmSync(join(storage!, 'operator.lock'), { force: true });
    const env = { VMAN_STORAGE_PATH: storage!, VMAN_RUN_PATH: run! };
    const copy = original.operator.replica(await freePort(), env);
    copy.start();
    try {
      await waitFor(() => copy.log.includes('refused as this host'), {
        timeoutMs: 60_000,
        what: 'the copy is refused',
      });
      expect(copy.log).toContain('it waits for an administrator');
      const { items } = await api.ask<{ items: HostView[] }>('GET', '/v1/hosts');
      const told = items.find((it) => it.id === original.id);
      expect(told).toMatchObject({ state: 'ready', refused: { machineId: expect.any(String) } });
      // What is asked of the id is done by the original alone, with both VMs that the copy has the state of.
      expect(shared.stack.pidsOf(made.id)).toEqual([own.status.pid]);
      await api.finished((await api.verb(made.id, 'stop')).operation);
      await api.finished((await api.verb(made.id, 'start')).operation);
      const [pid] = shared.stack.pidsOf(made.id);
      process.kill(pid!, 'SIGKILL');
      await waitFor(() => shared.stack.pidsOf(made.id).some((it) => it !== pid), {
        timeoutMs: 60_000,
        what: 'the original runs it again',
      });
      await api.untilState(made.id, 'running', 60_000);
      expect(shared.stack.pidsOf(made.id)).toHaveLength(1);
      expect(readdirSync(run!).filter((it) => existsSync(join(run!, it, 'qmp.sock')))).toEqual([]);
      expect(copy.log).not.toContain('took the lease');
      expect(shared.overlaps.most).toBe(1);
    } finally {
      await copy.end('SIGTERM');
      for (const folder of [storage!, run!]) rmSync(folder, { recursive: true, force: true });
    }
    await api.finished((await api.ask<VmChangeView>('DELETE', `/v1/vms/${made.id}`)).operation);
  }, 240_000);
});
