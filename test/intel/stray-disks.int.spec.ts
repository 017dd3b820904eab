import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import { loadConfig } from '#libs/config';
import type {
  DiskChangeView,
  DiskResourceView,
  OperationListView,
  PoolListView,
  PoolView,
  StrayDiskListView,
  StrayDiskView,
} from '#libs/contracts/http';
import { createLogger } from '#libs/logging';
import { expectNoLeftovers, waitFor } from '#libs/testing';
import { type StartedOperator, startOperator } from '../../apps/operator/src/start-operator.js';
import { soundQcow2 } from '../images/qcow2-builder.js';
import { IntelUnderTest } from './intel-under-test.js';

jest.setTimeout(60_000);

const SWEEPS = {
  VMAN_DISK_SWEEP_INTERVAL: '200ms',
  VMAN_STRAY_DISK_AFTER: '500ms',
  VMAN_QUARANTINE_KEEP: '0',
};
const WAIT = { headers: { prefer: 'wait=20' } };
const leftovers = expectNoLeftovers('sd');
const disks = join(leftovers.folder, 'far', 'disks');
let intel: IntelUnderTest;
let host: StartedOperator;
let pool: PoolView;

beforeAll(async () => {
  mkdirSync(join(leftovers.folder, 'far'));
  intel = await IntelUnderTest.start(SWEEPS);
  const env = {
    VMAN_NATS_URL: intel.nats.url,
    VMAN_STORAGE_PATH: join(leftovers.folder, 's'),
    VMAN_RUN_PATH: join(leftovers.folder, 'r'),
    VMAN_POOLS: `far=shared-dir:${join(leftovers.folder, 'far')}`,
    VMAN_QEMU_ACCEL: 'tcg',
    VMAN_OPERATOR_PORT: '0',
  };
  host = await startOperator(
    loadConfig('operator', { argv: [], env }),
    createLogger({ service: 'operator', level: 'silent' }),
  );
  pool = await waitFor(
    async () => {
      const { body } = await intel.request<PoolListView>('GET', '/v1/pools');
      return body.items.find((it) => it.name === 'far' && it.acceptsDisks);
    },
    { what: 'the pool is known' },
  );
}, 60_000);

afterAll(async () => {
  await host?.app.close();
  await intel?.end();
  await leftovers.check({ allowed: ['s/', 'far/'] });
}, 40_000);

const strays = async (): Promise<StrayDiskView[]> =>
  (await intel.request<StrayDiskListView>('GET', '/v1/stray-disks')).body.items;
const stray = async (id: string) => (await strays()).find((it) => it.id === id);
const quarantined = (id: string) =>
  waitFor(async () => (await stray(id))?.state === 'quarantined' && stray(id), {
    what: 'the file is in quarantine',
  });
const diskOf = async (id: string) => (await intel.request<DiskResourceView>('GET', `/v1/disks/${id}`)).body;
const filesOf = (id: string) => readdirSync(disks).filter((it) => it.startsWith(id));

/** The file of a disk that nobody knows, and what is in it. */
function plant(): { id: string; content: Buffer } {
  const id = uuidv7();
  const content = soundQcow2();
  content.write(id, content.length - 100);
  writeFileSync(join(disks, `${id}.qcow2`), content);
  return { id, content };
}

async function made(name: string): Promise<string> {
  const body = { name, sizeGiB: 1, pool: 'far' };
  const { body: change } = await intel.request<DiskChangeView>('POST', '/v1/disks', body, WAIT);
  expect(change.operation?.status).toBe('succeeded');
  return change.disk?.id ?? '';
}

describe('the file of a disk that nobody knows', () => {
  it('is put aside after its time, and restored as a disk with all that is in it', async () => {
    const { id, content } = plant();
    const seen = await waitFor(() => stray(id), { what: 'the file is seen' });
    expect(seen).toMatchObject({ pool: { id: pool.id }, sizeBytes: expect.any(Number) });
    expect(await quarantined(id)).not.toHaveProperty('purgeAt');
    expect(filesOf(id)).toEqual([expect.stringMatching(/\.\d+\.quarantined$/)]);
    const back = await intel.request<DiskChangeView>(
      'POST',
      `/v1/stray-disks/${id}/restore`,
      { name: 'found' },
      WAIT,
    );
    expect(back.body).toMatchObject({
      operation: { kind: 'disk.return', status: 'succeeded' },
      disk: { id, name: 'found', state: 'available', pool: { id: pool.id } },
    });
    expect(readFileSync(join(disks, `${id}.qcow2`))).toEqual(content);
    await waitFor(async () => (await stray(id)) === undefined, { what: 'it is no stray any more' });
    const again = await intel.request('POST', `/v1/stray-disks/${id}/restore`, { name: 'again' });
    expect(again.body).toMatchObject({ status: 404, code: 'not_found' });
    const gone = await intel.request<DiskChangeView>('DELETE', `/v1/disks/${id}`, undefined, WAIT);
    expect([gone.body.operation?.status, filesOf(id)]).toEqual(['succeeded', []]);
  });

  it('is destroyed in quarantine when somebody says so, and not before it is there', async () => {
    const { id } = plant();
    await waitFor(() => stray(id), { what: 'the file is seen' });
    await quarantined(id);
    const gone = await intel.request<DiskChangeView>('DELETE', `/v1/stray-disks/${id}`, undefined, WAIT);
    expect(gone.body.operation).toMatchObject({ kind: 'disk.purge', status: 'succeeded' });
    expect(filesOf(id)).toEqual([]);
    expect(await stray(id)).toBeUndefined();
  });

  it('comes back by itself when the database knows it again', async () => {
    const id = await made('behind');
    // As in a database that was put back to an older state, and then caught up.
    const row = await intel.database.read((tx) => tx.disks.get(id));
    await intel.database.transaction((tx) => tx.disks.remove([id]));
    await quarantined(id);
    await intel.database.transaction(async (tx) => {
      if (row) await tx.disks.insert(row.disk);
    });
    await waitFor(() => existsSync(join(disks, `${id}.qcow2`)), { what: 'it is in its place' });
    await waitFor(async () => (await stray(id)) === undefined, { what: 'it is no stray any more' });
    expect((await diskOf(id)).state).toBe('available');
    const { body } = await intel.request<OperationListView>('GET', '/v1/operations?limit=10');
    expect(body.items.find((it) => it.kind === 'disk.return')).toMatchObject({ origin: 'system' });
  });

  it('is destroyed by itself once its time in quarantine is over', async () => {
    const { id } = plant();
    await quarantined(id);
    await intel.down();
    await intel.up({ ...SWEEPS, VMAN_QUARANTINE_KEEP: '1s' });
    await waitFor(() => filesOf(id).length === 0, { timeoutMs: 30_000, what: 'the file is gone' });
    await waitFor(async () => (await stray(id)) === undefined, { what: 'it is forgotten' });
  });
});

describe('a disk whose file is gone', () => {
  it('says so when it is missed twice, and is available again when the file is back', async () => {
    const id = await made('lost');
    const path = join(disks, `${id}.qcow2`);
    renameSync(path, `${path}.moved`);
    const state = (wanted: string) => async () => {
      const disk = await diskOf(id);
      return disk.state === wanted && disk;
    };
    const failed = await waitFor(state('failed'), { what: 'it has failed' });
    expect(failed?.failure).toMatchObject({ code: 'disk_missing' });
    renameSync(`${path}.moved`, path);
    const well = await waitFor(state('available'), { what: 'it is available again' });
    expect(well).not.toHaveProperty('failure');
  });
});
