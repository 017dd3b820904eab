import { execFile } from 'node:child_process';
import { mkdtemp, open, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { inspectImage } from '#libs/images';
import {
  applyDiskSnapshot,
  checkImage,
  convertImage,
  dropDiskSnapshot,
  growQcow2,
  imageInfo,
  qcow2Size,
  reclaimLeaks,
  takeDiskSnapshot,
  writeOverlay,
  writeRaw,
} from './index.js';

const run = promisify(execFile);
const LIMIT = { timeoutMs: 20_000 };
const GiB = 1024 ** 3;
const alone = (filename: string) => ({ driver: 'qcow2', backing: null, file: { driver: 'file', filename } });
const ALLOWED = { maxVirtualBytes: 100 * 1024 * GiB };

describe('images as qemu-img sees them', () => {
  let folder: string;
  const path = (name: string): string => join(folder, name);
  const qcow2 = (name: string) => ({ path: path(name), format: 'qcow2' }) as const;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vman-img-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it.each([1, 512, 1024 ** 2 + 1, 10 * GiB, 5 * 1024 * GiB, 64 * 1024 * GiB])(
    'finds nothing wrong with an empty disk of %d bytes that we wrote',
    async (sizeBytes) => {
      await writeOverlay({ path: path('a.qcow2'), sizeBytes });
      expect(await checkImage(qcow2('a.qcow2'), LIMIT)).toBe('clean');
      const info = await imageInfo(qcow2('a.qcow2'), LIMIT);
      expect(info['virtual-size']).toBe(Math.ceil(sizeBytes / 512) * 512);
    },
  );

  it('reads the data of the image below through an overlay that we wrote', async () => {
    await writeFile(path('base.raw'), Buffer.alloc(1 << 20, 'vman'));
    const backing = { backingFile: path('base.raw'), backingFormat: 'raw' } as const;
    await writeOverlay({ path: path('top.qcow2'), sizeBytes: 1 << 20, ...backing });
    expect(await checkImage(qcow2('top.qcow2'), LIMIT)).toBe('clean');
    await run('qemu-img', ['compare', '-f', 'qcow2', '-F', 'raw', path('top.qcow2'), path('base.raw')]);
    expect((await imageInfo(qcow2('top.qcow2'), LIMIT))['backing-filename']).toBe(path('base.raw'));
  });

  it('takes writes into an overlay that is larger than the image below', async () => {
    await writeRaw({ path: path('base.raw'), sizeBytes: 1 << 20 });
    const backing = { backingFile: path('base.raw'), backingFormat: 'raw' } as const;
    await writeOverlay({ path: path('top.qcow2'), sizeBytes: 3 * GiB, ...backing });
    const writes = ['-c', 'write -P 7 0 64k', '-c', 'write -P 9 2G 1M', '-c', 'read -P 9 2G 1M'];
    await run('qemu-io', ['-f', 'qcow2', ...writes, path('top.qcow2')]);
    expect(await checkImage(qcow2('top.qcow2'), LIMIT)).toBe('clean');
  });

  it('grows a disk of ours, and never shrinks it', async () => {
    await writeOverlay({ path: path('a.qcow2'), sizeBytes: GiB });
    await growQcow2(path('a.qcow2'), 2 * GiB, LIMIT);
    expect(await qcow2Size(path('a.qcow2'))).toBe(2 * GiB);
    await growQcow2(path('a.qcow2'), GiB, LIMIT);
    expect(await qcow2Size(path('a.qcow2'))).toBe(2 * GiB);
    expect(await checkImage(qcow2('a.qcow2'), LIMIT)).toBe('clean');
    await writeFile(path('b.raw'), 'no qcow2');
    await expect(qcow2Size(path('b.raw'))).rejects.toMatchObject({ code: 'image_rejected' });
  });

  it('works on the tables of a disk while the image below is away, and leaves it the same image', async () => {
    const [base, top] = [path('base.raw'), path('top.qcow2')];
    await writeFile(base, Buffer.alloc(1 << 20, 'vman'));
    await writeOverlay({ path: top, sizeBytes: 1 << 20, backingFile: base, backingFormat: 'raw' });
    await rename(base, path('away.raw'));
    await takeDiskSnapshot(top, 'then', LIMIT);
    await growQcow2(top, 2 << 20, LIMIT);
    await run('qemu-img', ['bitmap', '--add', `json:${JSON.stringify(alone(top))}`, 'noted']);
    await applyDiskSnapshot(top, 'then', LIMIT);
    await dropDiskSnapshot(top, 'then', LIMIT);
    await reclaimLeaks(top, LIMIT);
    await rename(path('away.raw'), base);
    expect(await checkImage(qcow2('top.qcow2'), LIMIT)).toBe('clean');
    await run('qemu-img', ['compare', '-f', 'qcow2', '-F', 'raw', top, base]);
    await growQcow2(top, 2 << 20, LIMIT);
    await run('qemu-io', ['-f', 'qcow2', '-c', 'read -P 0 1M 1M', top]);
  });

  it('never overwrites, and refuses what cannot be a disk', async () => {
    await writeOverlay({ path: path('a.qcow2'), sizeBytes: 512, fsync: false });
    await expect(writeOverlay({ path: path('a.qcow2'), sizeBytes: 512 })).rejects.toMatchObject({
      code: 'EEXIST',
    });
    for (const sizeBytes of [0, -1, Number.NaN, 2 ** 52]) {
      await expect(writeRaw({ path: path('b'), sizeBytes })).rejects.toMatchObject({ code: 'invalid_input' });
    }
    const noFormat = { path: path('b'), sizeBytes: 512, backingFile: path('a.qcow2') };
    await expect(writeOverlay(noFormat)).rejects.toMatchObject({ code: 'invalid_input' });
    await expect(writeRaw({ path: path('huge'), sizeBytes: 2 ** 50 })).rejects.toMatchObject({
      code: 'EFBIG',
    });
    await expect(stat(path('huge'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('passes what qemu-img makes, in every version and cluster size', async () => {
    const variants = [
      'compat=0.10',
      'compat=1.1',
      'cluster_size=512',
      'cluster_size=2M',
      'lazy_refcounts=on',
    ];
    for (const option of [...variants, 'compression_type=zstd', 'refcount_bits=1']) {
      await run('qemu-img', ['create', '-q', '-f', 'qcow2', '-o', option, path('a'), '1G']);
      expect(await inspectImage(path('a'), 'qcow2', ALLOWED)).toMatchObject({ ok: true });
    }
  });

  it.each([
    ['qcow', []],
    ['qed', []],
    ['vmdk', []],
    ['vmdk', ['-o', 'subformat=monolithicFlat']],
    ['vdi', []],
    ['vhdx', []],
    ['vpc', []],
    ['parallels', []],
  ])('refuses a %s made by qemu-img %j that is declared raw', async (format, options) => {
    await run('qemu-img', ['create', '-q', '-f', format, ...options, path('a.img'), '10M']);
    expect(await inspectImage(path('a.img'), 'raw', ALLOWED)).toMatchObject({ code: 'image_unsafe' });
  });

  it.each([
    ['backing file', ['-b', '/etc/hostname', '-F', 'raw']],
    ['data file', ['-o', 'data_file=DATA,data_file_raw=on']],
    ['extended L2', ['-o', 'extended_l2=on']],
  ])('refuses a qcow2 made by qemu-img with %s', async (_name, options) => {
    const list = options.map((option) => option.replace('DATA', path('data.raw')));
    await run('qemu-img', ['create', '-q', '-f', 'qcow2', ...list, path('a.img'), '10M']);
    expect(await inspectImage(path('a.img'), 'qcow2', ALLOWED)).toMatchObject({ code: 'image_unsafe' });
  });

  it('refuses a qcow2 with an internal snapshot', async () => {
    await run('qemu-img', ['create', '-q', '-f', 'qcow2', path('a.img'), '10M']);
    await run('qemu-img', ['snapshot', '-c', 's', path('a.img')]);
    expect(await inspectImage(path('a.img'), 'qcow2', ALLOWED)).toMatchObject({ code: 'image_unsafe' });
  });

  it('converts with named formats, and tells the words of qemu-img when it cannot', async () => {
    await writeFile(path('a.raw'), Buffer.alloc(1 << 20, 5));
    await convertImage({ path: path('a.raw'), format: 'raw' }, qcow2('a.qcow2'), LIMIT);
    await run('qemu-img', ['compare', '-f', 'raw', '-F', 'qcow2', path('a.raw'), path('a.qcow2')]);
    const lying = convertImage(qcow2('a.raw'), qcow2('b.qcow2'), LIMIT);
    await expect(lying).rejects.toThrow(/not in qcow2 format/);
    const relative = convertImage({ path: 'json:{}', format: 'raw' }, qcow2('b.qcow2'), LIMIT);
    await expect(relative).rejects.toThrow(/absolute/);
  });

  it('is stopped at the limits of size and time', async () => {
    await writeFile(path('a.raw'), Buffer.alloc(1 << 20, 5));
    const source = { path: path('a.raw'), format: 'raw' } as const;
    const small = convertImage(source, qcow2('b.qcow2'), { ...LIMIT, maxFileBytes: 65536 });
    await expect(small).rejects.toMatchObject({ code: 'image_rejected' });
    const fast = imageInfo(source, { timeoutMs: 1 });
    await expect(fast).rejects.toMatchObject({ code: 'deadline_exceeded' });
  });

  it('leaves its threads room within the limit of addresses, and blames the host when there is none', async () => {
    const binary = path('fake');
    await writeFile(binary, '#!/bin/sh\n[ "$(ulimit -s) $MALLOC_ARENA_MAX" = "2048 2" ]\n', { mode: 0o700 });
    await convertImage(qcow2('a.qcow2'), qcow2('b.qcow2'), { ...LIMIT, binary });
    const words = 'qemu: qemu_thread_create: Resource temporarily unavailable';
    await writeFile(binary, `#!/bin/sh\necho "${words}" >&2\nexit 134\n`, { mode: 0o700 });
    const refused = convertImage(qcow2('a.qcow2'), qcow2('b.qcow2'), { ...LIMIT, binary });
    await expect(refused).rejects.toMatchObject({ code: 'insufficient_memory' });
  });

  it('is told when tables are corrupt or leak', async () => {
    await writeOverlay({ path: path('a.qcow2'), sizeBytes: GiB });
    const setRefcount = async (cluster: number, count: number) => {
      const file = await open(path('a.qcow2'), 'r+');
      await file.truncate(12 * 65536);
      await file.write(Buffer.from([0, count]), 0, 2, 2 * 65536 + 2 * cluster);
      await file.close();
    };
    await setRefcount(10, 1);
    expect(await checkImage(qcow2('a.qcow2'), LIMIT)).toBe('leaks');
    await setRefcount(1, 0);
    expect(await checkImage(qcow2('a.qcow2'), LIMIT)).toBe('corrupt');
  });
});
