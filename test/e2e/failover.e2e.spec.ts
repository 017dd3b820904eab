import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ProblemView } from '#libs/contracts/http';
import { waitFor } from '#libs/testing';
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
});
