import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { imageGrantCodec, imageRequestCodec, subjects } from '#libs/contracts';
import type { ProblemView, TemplateChangeView, VmChangeView } from '#libs/contracts/http';
import { waitFor } from '#libs/testing';
import { IntelUnderTest } from './intel-under-test.js';
import { ScriptedOperator } from './scripted-operator.js';

const MIB = 1024 * 1024;
const image = randomBytes(2 * MIB);
const digest = createHash('sha256').update(image).digest('hex');
let intel: IntelUnderTest;
let operator: ScriptedOperator;

beforeAll(async () => {
  intel = await IntelUnderTest.start();
  operator = await ScriptedOperator.start(intel.nats.url);
  operator.startBeating();
  await waitFor(async () => (await intel.request('GET', '/v1/hosts/host-1')).status === 200, {
    what: 'a host is there',
  });
  writeFileSync(join(intel.importFolder, 'disk.raw'), image);
}, 60_000);

afterAll(async () => {
  await operator?.stop();
  await intel?.end();
});

const importFile = <T = TemplateChangeView>(name: string, path: string, more: object = {}) =>
  intel.request<T>(
    'POST',
    '/v1/templates',
    { name, format: 'raw', source: { type: 'file', path }, ...more },
    { headers: { prefer: 'wait=10' } },
  );

const grant = (asked: string) =>
  operator.bus.request(
    subjects.intelRpc('image'),
    imageRequestCodec,
    { hostId: operator.hostId, digest: asked },
    imageGrantCodec,
    5_000,
  );

describe('a template', () => {
  it('is copied into the store under its digest', async () => {
    const { status, body } = await importFile('golden', 'disk.raw', {
      sha256: digest,
      defaults: { vcpus: 2, memoryMiB: 64 },
    });
    expect(status).toBe(201);
    expect(body.operation).toMatchObject({
      kind: 'template.import',
      status: 'succeeded',
      resources: [{ kind: 'template', name: 'golden' }],
    });
    expect(body.template).toMatchObject({
      state: 'ready',
      sha256: digest,
      fileBytes: 2 * MIB,
      virtualBytes: 2 * MIB,
    });
    expect(readdirSync(join(intel.folder, 'images'))).toEqual([digest]);
    expect((await intel.request('GET', '/v1/templates/golden')).body).toMatchObject({ id: body.template.id });
    expect((await intel.request<{ items: [] }>('GET', '/v1/templates')).body.items).toHaveLength(1);
  });

  it('gives its VMs a disk and its defaults, and is not deleted while they need it', async () => {
    const { vm } = (
      await intel.request<VmChangeView>(
        'POST',
        '/v1/vms',
        { name: 'made', template: 'golden' },
        { headers: { prefer: 'wait=10' } },
      )
    ).body;
    expect(vm?.spec).toMatchObject({
      template: 'golden',
      vcpus: 2,
      memoryMiB: 64,
      disks: [{ sizeBytes: 2 * MIB }],
    });
    const desired = operator.desired.find((it) => it.vmId === vm?.id);
    expect(desired?.disks[0]).toMatchObject({
      bootOrder: 1,
      image: { digest, format: 'raw', virtualBytes: 2 * MIB },
    });
    const bigger = await intel.createVm('bigger', {
      template: 'golden',
      disks: [{ sizeGiB: 1 }, { sizeGiB: 2, readOnly: true }],
    });
    expect(bigger.vm.spec.disks.map((it) => it.sizeBytes)).toEqual([2 ** 30, 2 ** 31]);
    const used = await intel.request<ProblemView>('DELETE', '/v1/templates/golden');
    expect(used.body).toMatchObject({
      code: 'resource_in_use',
      detail: expect.stringContaining('VM bigger, VM made'),
    });
  });

  it('is taken from the import folder alone', async () => {
    const outside = join(intel.folder, 'secret');
    writeFileSync(outside, image);
    symlinkSync(outside, join(intel.importFolder, 'link'));
    for (const path of [
      '/etc/passwd',
      '../secret',
      'link',
      'absent',
      '.',
      `${intel.importFolder}/../secret`,
    ]) {
      const { body } = await importFile<ProblemView>('outside', path);
      expect([path, body.code, body.errors?.[0]?.field]).toEqual([path, 'invalid_input', 'source.path']);
    }
  });

  it.each([
    ['a lying format', randomBytes(1024), { format: 'qcow2' }, 'image_rejected'],
    [
      'a format that hides in raw',
      Buffer.concat([Buffer.from('KDMV'), randomBytes(508)]),
      {},
      'image_unsafe',
    ],
    ['another checksum', randomBytes(1024), { sha256: 'a'.repeat(64) }, 'image_rejected'],
    [
      'a backing file',
      qcow2With((header) => header.writeBigUInt64BE(1n, 8)),
      { format: 'qcow2' },
      'image_unsafe',
    ],
  ])('with %s fails and leaves nothing in the store', async (what, bytes, more, code) => {
    const name = what.replaceAll(' ', '-');
    writeFileSync(join(intel.importFolder, name), bytes);
    const { body } = await importFile(name, name, more);
    expect(body.template).toMatchObject({ state: 'failed', error: { code } });
    expect(body.operation).toMatchObject({ status: 'failed', error: { code } });
    expect(readdirSync(join(intel.folder, 'images'))).toEqual([digest]);
    const made = await intel.request<ProblemView>('POST', '/v1/vms', { name: 'x', template: name });
    expect(made.body.code).toBe('invalid_state');
    expect((await intel.request('DELETE', `/v1/templates/${name}`)).status).toBe(204);
  });

  it('is deleted with its file, unless another one has the same', async () => {
    const other = randomBytes(1024);
    writeFileSync(join(intel.importFolder, 'other'), other);
    const stored = join(intel.folder, 'images', createHash('sha256').update(other).digest('hex'));
    await importFile('one', 'other');
    await importFile('two', 'other');
    expect((await intel.request('DELETE', '/v1/templates/one')).status).toBe(204);
    expect(existsSync(stored)).toBe(true);
    expect((await intel.request('DELETE', '/v1/templates/two')).status).toBe(204);
    expect(existsSync(stored)).toBe(false);
  });

  it('whose import was cut off is imported at the next start', async () => {
    await intel.down();
    await intel.database.close();
    await intel.up();
    await intel.database.transaction(async (tx) => {
      const golden = await tx.templates.byName('golden', null);
      if (golden) await tx.templates.update(golden.id, { state: 'importing' });
    });
    writeFileSync(join(intel.folder, 'images', '.part-x'), 'rest');
    await intel.down();
    await intel.up();
    await waitFor(
      async () =>
        (await intel.request<{ state: string }>('GET', '/v1/templates/golden')).body.state === 'ready',
      { what: 'it is imported again' },
    );
    const images = () => readdirSync(join(intel.folder, 'images'));
    await waitFor(() => images().length === 1, { what: 'the rest of it is gone' });
    expect(images()).toEqual([digest]);
  });
});

describe('an image', () => {
  it('is read by a host with the ticket it asked for, whole or in part', async () => {
    const { url, ticket, errorCode } = await grant(digest);
    expect(errorCode).toBe('');
    const read = (headers: Record<string, string>) => fetch(url, { headers });
    const whole = await read({ authorization: `Bearer ${ticket}` });
    expect(Buffer.from(await whole.arrayBuffer()).equals(image)).toBe(true);
    const part = await read({ authorization: `Bearer ${ticket}`, range: 'bytes=100-199' });
    expect([part.status, part.headers.get('content-range')]).toEqual([206, `bytes 100-199/${2 * MIB}`]);
    expect(Buffer.from(await part.arrayBuffer()).equals(image.subarray(100, 200))).toBe(true);
    const beyond = await read({ authorization: `Bearer ${ticket}`, range: `bytes=${2 * MIB}-` });
    expect(beyond.status).toBe(416);
    for (const wrong of ['', 'Bearer x', `Bearer ${ticket}x`, `Bearer ${intel.token}`]) {
      expect((await read({ authorization: wrong })).status).toBe(401);
    }
    expect(
      (await fetch(url.replace(digest, 'b'.repeat(64)), { headers: { authorization: `Bearer ${ticket}` } }))
        .status,
    ).toBe(401);
  });

  it('that is unknown or has vanished is said to be missing', async () => {
    expect((await grant('c'.repeat(64))).errorCode).toBe('image_missing');
    expect((await grant('../../etc/passwd')).errorCode).toBe('image_missing');
    const { url, ticket } = await grant(digest);
    rmSync(join(intel.folder, 'images', digest));
    expect((await grant(digest)).errorCode).toBe('image_missing');
    expect((await fetch(url, { headers: { authorization: `Bearer ${ticket}` } })).status).toBe(409);
  });
});

function qcow2With(change: (header: Buffer) => void): Buffer {
  const header = Buffer.alloc(1024);
  header.write('QFI\u00fb', 0, 'latin1');
  header.writeUInt32BE(3, 4);
  header.writeUInt32BE(16, 20);
  header.writeBigUInt64BE(BigInt(MIB), 24);
  header.writeUInt32BE(104, 100);
  change(header);
  return header;
}
