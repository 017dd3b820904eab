import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { ProblemView, TemplateChangeView } from '#libs/contracts/http';
import { testFolder } from '#libs/testing';
import { IntelUnderTest } from './intel-under-test.js';

const MIB = 1024 * 1024;
const mayMount = process.getuid?.() === 0 && ['/usr/bin/mount', '/bin/mount'].some((it) => existsSync(it));
const images = join(testFolder('full'), 'images');
let intel: IntelUnderTest;

beforeAll(async () => {
  mkdirSync(images);
  if (mayMount) execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'vman-test', images]);
  intel = await IntelUnderTest.start({ VMAN_IMAGE_STORE_PATH: images });
}, 60_000);

afterAll(async () => {
  await intel?.end().finally(() => mayMount && execFileSync('umount', ['--lazy', images]));
}, 40_000);

const make = <T>(name: string, source: object, wait = '20') =>
  intel.request<T>(
    'POST',
    '/v1/templates',
    { name, format: 'raw', source },
    { headers: { prefer: `wait=${wait}` } },
  );

(mayMount ? it : it.skip)(
  'a store that gets full in the middle of an import fails that alone with storage_full, and keeps nothing of it',
  async () => {
    writeFileSync(join(intel.importFolder, 'small'), Buffer.alloc(MIB, 1));
    writeFileSync(join(intel.importFolder, 'large'), Buffer.alloc(6 * MIB, 2));
    const kept = await make<TemplateChangeView>('kept', { type: 'file', path: 'small' });
    const file = await make<TemplateChangeView>('large', { type: 'file', path: 'large' });
    expect(file.body.operation).toMatchObject({ status: 'failed', error: { code: 'storage_full' } });
    const upload = await make<TemplateChangeView>('uploaded', { type: 'upload' }, '0');
    const response = await fetch(
      `http://127.0.0.1:${intel.port}/v1/templates/${upload.body.template.id}/content`,
      {
        method: 'PUT',
        headers: { authorization: `Bearer ${intel.token}`, 'content-type': 'application/octet-stream' },
        body: new Uint8Array(Buffer.alloc(6 * MIB, 3)),
      },
    );
    expect(((await response.json()) as ProblemView).code).toBe('storage_full');
    expect(readdirSync(images)).toEqual([kept.body.template.sha256]);
  },
  60_000,
);
