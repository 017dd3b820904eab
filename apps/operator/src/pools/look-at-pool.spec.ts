import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { lookAtPool } from './look-at-pool.js';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'look-at-pool-'));
});
afterEach(() => rmSync(root, { recursive: true }));

const look = (folder: string, known?: string) =>
  lookAtPool({ name: 'fast', kind: 'dir', folder: join(root, folder) }, 'host-1', known);

it('a folder that is there becomes a pool, and is the same one from then on', async () => {
  mkdirSync(join(root, 'nvme'));
  const first = await look('nvme');
  expect(first).toMatchObject({ poolId: expect.stringMatching(/^[0-9a-f-]{36}$/), reason: '' });
  expect(await look('nvme', first.poolId)).toMatchObject({ poolId: first.poolId, reason: '' });
});

it('a folder that is not there is none, and is not made', async () => {
  expect(await look('nvmee')).toMatchObject({ poolId: '', reason: 'its folder is not there' });
  expect(existsSync(join(root, 'nvmee'))).toBe(false);
});

it('a file is none, and an empty folder is not the pool that was there before', async () => {
  writeFileSync(join(root, 'file'), '');
  expect((await look('file')).reason).toMatch(/ENOTDIR/);
  mkdirSync(join(root, 'unmounted'));
  expect((await look('unmounted', 'pool-1')).reason).toContain('not mounted');
});
