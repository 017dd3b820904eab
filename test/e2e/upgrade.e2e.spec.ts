import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import type { OperationView, StrayVmListView, VmChangeView, VmView } from '#libs/contracts/http';
import { waitFor } from '#libs/testing';
import { Stack } from './stack/stack.js';

/** QEMU with an empty disk: its firmware finds nothing to boot, and it runs all the same. */
const bare = (name: string) => ({ name, memoryMiB: 32, disks: [{ sizeGiB: 1 }], nics: [] });

describe('guests that run', () => {
  let stack: Stack;
  let kept: VmView;
  beforeAll(async () => {
    stack = await Stack.start();
    const made = await stack.api.createVm(bare('kept'));
    kept = await stack.api.untilState(made.vm.id, 'running');
  }, 120_000);
  afterAll(() => stack?.stop(), 60_000);

  /** It does what it is told, by a new process. */
  const obeys = async (id: string) => {
    const [before] = stack.pidsOf(id);
    const reboot = await stack.api.verb(id, 'reboot', { force: true });
    expect((await stack.api.finished(reboot.operation)).status).toBe('succeeded');
    await stack.api.untilState(id, 'running');
    const now = stack.pidsOf(id);
    expect(now).toHaveLength(1);
    expect(now[0]).toBeDefined();
    return { before, now: now[0] };
  };

  it('go on through a rolling restart of everything, and obey afterwards', async () => {
    const pids = stack.pidsOf(kept.id);
    for (const service of stack.services) {
      await service.end('SIGTERM');
      service.start();
      await service.ready();
    }
    await stack.nats.stop();
    await stack.nats.start();
    await stack.untilHostIsKnown();
    await stack.api.untilState(kept.id, 'running');
    expect(stack.pidsOf(kept.id)).toEqual(pids);
    const seen = await stack.api.vm(kept.id);
    expect(seen.status.pid).toBe(pids[0]);
    expect(seen.status.lastExit).toBeUndefined();
    await obeys(kept.id);
  }, 120_000);

  it('are not disturbed by services that say in /ready that they go, and serve until then', async () => {
    for (const service of stack.services) {
      await service.end('SIGTERM');
      service.start({ VMAN_DRAIN_TIME: '5s' });
      await service.ready();
      const gone = service.end('SIGTERM');
      const going = await waitFor(
        async () => {
          const answer = await fetch(`${service.url}/ready`);
          return answer.status === 503 && ((await answer.json()) as { status: string });
        },
        { everyMs: 50, what: 'it says that it goes' },
      );
      expect(going.status).toBe('shutting_down');
      expect((await fetch(`${service.url}/live`)).status).toBe(200);
      await gone;
      service.start();
      await service.ready();
    }
    await stack.untilHostIsKnown();
    await stack.api.untilState(kept.id, 'running');
  }, 120_000);

  it('outlive a database that is put back to an older state: nothing is deleted, all obey', async () => {
    const names = ['changed', 'deleted-since'];
    const [changed, deleted] = await Promise.all(
      names.map(async (name) => {
        const { vm } = await stack.api.createVm(bare(name));
        return stack.api.untilState(vm.id, 'running');
      }),
    );
    if (!changed || !deleted) throw new Error('two VMs were made');
    await restartWith(stack, () => copyDatabase(stack.database.url, 'dump'));
    // what the dump does not know: a VM that moved on, one that is new, one that is gone
    await obeys(changed.id);
    const { vm: made } = await stack.api.createVm(bare('new-since'));
    await stack.api.untilState(made.id, 'running');
    const removal = await stack.api.ask<{ operation: OperationView }>('DELETE', `/v1/vms/${deleted.id}`);
    expect((await stack.api.finished(removal.operation)).status).toBe('succeeded');
    const running = [kept.id, changed.id, made.id].map((id) => stack.pidsOf(id));
    const files = stack.filesOf(made.id, ...made.spec.disks.map((it) => it.id));
    expect(files.length).toBeGreaterThan(0);

    await restartWith(stack, () => restoreDatabase(stack.database.url, 'dump'));
    await stack.untilHostIsKnown();
    for (const vm of [kept, changed]) await stack.api.untilState(vm.id, 'running');
    // every heartbeat since was one more chance to take away what the database does not know
    await waitFor(async () => (await operationsSettled(stack)).every(Boolean), {
      timeoutMs: 60_000,
      what: 'what was open in the dump has ended',
    });
    expect([kept.id, changed.id, made.id].map((id) => stack.pidsOf(id))).toEqual(running);
    expect(stack.filesOf(made.id, ...made.spec.disks.map((it) => it.id))).toEqual(files);
    for (const { id } of [kept, changed]) await obeys(id);
    // it was deleted with its disks: it is never made anew from nothing
    const gone = await waitFor(
      async () => [await stack.api.vm(deleted.id)].find((it) => it.status.state !== 'running'),
      { what: 'its host has said that it is not there' },
    );
    expect(gone.status.state).not.toBe('running');
    expect(stack.pidsOf(deleted.id)).toEqual([]);
    expect(stack.pidsOf(made.id)).toEqual(running[2]);

    // what the dump does not know is shown and can be had back: the same process, the same disks
    const { items } = await stack.api.ask<StrayVmListView>('GET', '/v1/stray-vms');
    expect(items.map(({ id, name, state }) => ({ id, name, state }))).toEqual([
      { id: made.id, name: 'new-since', state: 'running' },
    ]);
    const adopted = await stack.api.ask<VmChangeView>('POST', `/v1/stray-vms/${made.id}/adopt`, {});
    expect((await stack.api.finished(adopted.operation)).status).toBe('succeeded');
    const back = await stack.api.untilState(made.id, 'running');
    expect({ ...back.spec, name: back.name }).toEqual({ ...made.spec, name: made.name });
    expect(stack.pidsOf(made.id)).toEqual(running[2]);
    expect((await stack.api.ask<StrayVmListView>('GET', '/v1/stray-vms')).items).toEqual([]);
    await obeys(made.id);
    const end = await stack.api.ask<VmChangeView>('DELETE', `/v1/vms/${made.id}`);
    expect((await stack.api.finished(end.operation)).status).toBe('succeeded');
    expect(stack.filesOf(made.id, ...made.spec.disks.map((it) => it.id))).toEqual([]);
  }, 240_000);

  it('are followed through the logs of all three services by one request and one trace, and no log holds a secret', async () => {
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    const answer = await stack.api.send<{ operation: OperationView }>(
      'POST',
      `/v1/vms/${kept.id}/stop`,
      {},
      { 'x-request-id': 'follow-me', traceparent: `00-${traceId}-b7ad6b7169203331-01` },
    );
    await stack.api.finished(answer.body.operation);
    const linesOf = (text: string) =>
      text
        .split('\n')
        .filter((line) => line.startsWith('{'))
        .map((line): Record<string, unknown> => JSON.parse(line));
    for (const service of [stack.intel, stack.operator]) {
      await waitFor(() => linesOf(service.log).some((line) => line.requestId === 'follow-me'), {
        what: 'the request is in the log',
      });
      const followed = linesOf(service.log).filter((line) => line.requestId === 'follow-me');
      expect(followed.every((line) => String(line.traceparent).includes(traceId))).toBe(true);
    }
    const format = (line: Record<string, unknown>) =>
      [line.level, line.time, line.service, line.msg].every((it) => typeof it === 'string');
    for (const service of stack.services)
      expect(linesOf(service.log).filter((line) => !format(line))).toEqual([]);
    const secrets = [readFileSync(join(stack.folder, 'token'), 'utf8').trim(), stack.database.url];
    for (const service of stack.services) {
      for (const secret of secrets) expect(service.log.includes(secret)).toBe(false);
    }
  }, 60_000);
});

/** With nobody connected to the database. */
async function restartWith(stack: Stack, work: () => Promise<void>): Promise<void> {
  await stack.intel.end('SIGTERM');
  await work();
  stack.intel.start();
  await stack.intel.ready();
  await stack.untilHostIsKnown();
}

async function operationsSettled(stack: Stack): Promise<boolean[]> {
  const page = await stack.api.ask<{ items: OperationView[] }>('GET', '/v1/operations?limit=1000');
  return page.items.map((it) => it.status !== 'queued' && it.status !== 'running');
}

const copyDatabase = (url: string, suffix: string) =>
  inCluster(url, (client, name) => client.query(`CREATE DATABASE ${name}_${suffix} TEMPLATE ${name}`));

const restoreDatabase = (url: string, suffix: string) =>
  inCluster(url, async (client, name) => {
    await client.query(`DROP DATABASE ${name} WITH (FORCE)`);
    await client.query(`ALTER DATABASE ${name}_${suffix} RENAME TO ${name}`);
  });

async function inCluster(
  url: string,
  work: (client: pg.Client, name: string) => Promise<unknown>,
): Promise<void> {
  const cluster = new URL(url);
  const name = cluster.pathname.slice(1);
  cluster.pathname = '/postgres';
  const client = new pg.Client({ connectionString: cluster.href });
  await client.connect();
  try {
    await work(client, name);
  } finally {
    await client.end();
  }
}
