import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { TemplateChangeView } from '#libs/contracts/http';
import { SweepImports } from '../../apps/intel/src/templates/sweep-imports.js';
import { IntelUnderTest } from './intel-under-test.js';

const NOW = { VMAN_STRAY_DISK_AFTER: '0', VMAN_QUARANTINE_KEEP: '0' };
let intel: IntelUnderTest;

beforeAll(async () => {
  intel = await IntelUnderTest.start(NOW);
}, 60_000);

afterAll(() => intel?.end(), 20_000);

const store = () => readdirSync(join(intel.folder, 'images'));
const clean = () => intel.app.get(SweepImports).clean();

it('an image that no template names is put aside when it is seen again, comes back when one does, and is destroyed after its time', async () => {
  const content = randomBytes(4096);
  const digest = createHash('sha256').update(content).digest('hex');
  writeFileSync(join(intel.importFolder, 'x'), content);
  const body = { name: 'behind', format: 'raw', source: { type: 'file', path: 'x' } };
  const wait = { headers: { prefer: 'wait=10' } };
  const made = await intel.request<TemplateChangeView>('POST', '/v1/templates', body, wait);
  expect(made.body.operation.status).toBe('succeeded');
  const { id } = made.body.template;
  await clean();
  expect(store()).toEqual([digest]);

  // As in a database that was put back to an older state, and then caught up.
  const row = await intel.database.read((tx) => tx.templates.get(id));
  await intel.database.transaction((tx) => tx.templates.remove(id));
  await clean();
  expect(store()).toEqual([digest]);
  await clean();
  expect(store()).toEqual([expect.stringMatching(new RegExp(`^.quarantined-${digest}.\\d+$`))]);
  if (row) await intel.database.transaction((tx) => tx.templates.insert(row));
  await clean();
  expect(store()).toEqual([digest]);

  await intel.database.transaction((tx) => tx.templates.remove(id));
  await clean();
  await clean();
  await clean();
  expect(store()).toHaveLength(1);
  await intel.down();
  await intel.up({ ...NOW, VMAN_QUARANTINE_KEEP: '1ms' });
  await clean();
  expect(store()).toEqual([]);
}, 60_000);
