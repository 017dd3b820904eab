import { mkdir, readdir, truncate, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import { systemClock } from '#libs/clock';
import { writeOverlay } from '#libs/qemu';
import { desiredVm, expectNoLeftovers, silentLogger } from '#libs/testing';
import type { Host } from '../host.js';
import { Pools } from '../pools/pools.js';
import { Vm } from '../reconcile/vm.js';
import { EvictImages } from './evict-images.js';
import { ImageCache } from './image-cache.js';
import { makeFolders, type StoragePaths, storagePaths } from './paths.js';
import { VmStore } from './vm-store.js';

const leftovers = expectNoLeftovers('ei');
const DIGESTS = {
  based: 'a'.repeat(64),
  wanted: 'b'.repeat(64),
  unused: 'c'.repeat(64),
  fresh: 'd'.repeat(64),
};
const HOUR = 3_600_000;
let round = 0;
let paths: StoragePaths;
let host: Host;
let told: [number, number] | undefined;

afterAll(() => leftovers.check({ allowed: ['s'] }));

beforeEach(async () => {
  round += 1;
  const far = { name: 'far', kind: 'dir', folder: join(leftovers.folder, `s${round}`, 'far') } as const;
  paths = storagePaths(join(leftovers.folder, `s${round}`), join(leftovers.folder, 'r'), [far]);
  await makeFolders(paths);
  await mkdir(far.folder);
  const hostId = '0198b1f0-7a11-7c3e-9d55-1f2e3d4c5b6a';
  const pools = await Pools.open({ paths, hostId, clock: systemClock, logger: silentLogger as never });
  const images = new ImageCache(hostId, undefined as never, paths, systemClock);
  const measure = { imageCache: (count: number, bytes: number) => (told = [count, bytes]) };
  host = { paths, pools, images, clock: systemClock, logger: silentLogger, measure } as unknown as Host;
  const old = new Date(Date.now() - 2 * HOUR);
  for (const digest of Object.values(DIGESTS)) {
    await writeFile(paths.image(digest), '');
    await truncate(paths.image(digest), 1024 ** 2);
    if (digest !== DIGESTS.fresh) await utimes(paths.image(digest), old, old);
  }
  const base = { backingFile: paths.image(DIGESTS.based), backingFormat: 'raw' } as const;
  const disk = pools.diskPath(undefined, '0198b1f0-7a11-7c3e-9d55-000000000001');
  await mkdir(dirname(disk), { recursive: true });
  await writeOverlay({ path: disk, sizeBytes: 1024 ** 2, ...base });
});

const strict = { imageCacheMaxGib: 0, imageCacheMaxAge: HOUR, imageCacheFreePercent: 0 };

function vmThatWants(digest: string): Vm {
  const vm = new Vm('0198b1f0-7a11-7c3e-9d55-000000000002', undefined as unknown as VmStore);
  const image = { templateId: '', digest, format: 'raw', fileBytes: 1, virtualBytes: 1 } as const;
  vm.desired = desiredVm({
    disks: [{ diskId: 'x', bootOrder: 1, sizeBytes: 1, readOnly: false, image }],
  });
  return vm;
}

describe('the image cache of a host', () => {
  it('loses what nothing is based on, and nothing else', async () => {
    const parts = join(paths.images, `${'e'.repeat(64)}.partial`);
    await writeFile(parts, 'rest');
    const days = new Date(Date.now() - 48 * HOUR);
    await utimes(parts, days, days);
    await new EvictImages(host, strict).nowAndThen([vmThatWants(DIGESTS.wanted)]);
    expect((await readdir(paths.images)).sort()).toEqual([DIGESTS.based, DIGESTS.wanted, DIGESTS.fresh]);
    expect(told).toEqual([4, 4 * 1024 ** 2]);
  });

  it('loses nothing while a pool does not answer, since its disks cannot be asked', async () => {
    Object.defineProperty(host.pools, 'reports', { get: () => [{ available: false }] });
    await new EvictImages(host, strict).evict([]);
    expect(await readdir(paths.images)).toHaveLength(4);
  });

  it('counts an image as used while something is based on it', async () => {
    await new EvictImages(host, { ...strict, imageCacheMaxAge: 1000 * HOUR }).evict([]);
    expect(await host.images.use(DIGESTS.based)).toBe(true);
    expect(await host.images.use('f'.repeat(64))).toBe(false);
  });
});
