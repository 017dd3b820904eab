import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Bus } from '#libs/bus';
import { systemClock } from '#libs/clock';
import {
  expectNoLeftovers,
  type NatsServer,
  silentLogger,
  startNats,
  VirtualClock,
  waitFor,
} from '#libs/testing';
import { ImageServer } from '../../../../test/operator/image-server.js';
import { ImageCache } from './image-cache.js';
import { makeFolders, type StoragePaths, storagePaths } from './paths.js';

const leftovers = expectNoLeftovers('ic');
const patient = new AbortController().signal;
let nats: NatsServer;
let bus: Bus;
let intel: ImageServer;
let paths: StoragePaths;
let cache: ImageCache;
let round = 0;

beforeAll(async () => {
  nats = await startNats();
  bus = await Bus.connect({ url: nats.url, name: 'test', logger: silentLogger });
  intel = await ImageServer.start(bus);
});

beforeEach(async () => {
  round += 1;
  paths = storagePaths(join(leftovers.folder, `s${round}`), join(leftovers.folder, 'r'));
  await makeFolders(paths);
  cache = new ImageCache('0198b1f0-7a11-7c3e-9d55-1f2e3d4c5b6a', bus, paths, systemClock);
  intel.asked = 0;
  intel.ranges.length = 0;
  intel.damage = false;
});

afterAll(async () => {
  await intel.stop();
  await bus.close();
  await nats.remove();
  await leftovers.check({ allowed: ['s'] });
});

describe('an image', () => {
  it('wanted by several VMs at once is transferred once, and is whole', async () => {
    const content = randomBytes(3_000_000);
    const { digest } = intel.add(content);
    await Promise.all([1, 2, 3].map(() => cache.fetch(digest, patient)));
    expect(intel.asked).toBe(1);
    expect((await readFile(paths.image(digest))).equals(content)).toBe(true);
    expect(await cache.list()).toEqual([digest]);
  });

  it('whose transfer broke off goes on where it stopped', async () => {
    const content = randomBytes(3_000_000);
    const { digest } = intel.add(content);
    intel.breakAfter = 1_000_000;
    await expect(cache.fetch(digest, patient)).rejects.toMatchObject({ code: 'unavailable' });
    expect(await cache.list()).toEqual([]);
    await cache.fetch(digest, patient);
    expect(intel.ranges.at(-1)).toMatch(/^bytes=[1-9]/);
    expect((await readFile(paths.image(digest))).equals(content)).toBe(true);
  });

  it('whose sender falls silent is given up, and goes on where it stopped', async () => {
    const clock = new VirtualClock();
    const slow = new ImageCache('0198b1f0-7a11-7c3e-9d55-1f2e3d4c5b6a', bus, paths, clock);
    const content = randomBytes(500_000);
    const { digest } = intel.add(content);
    intel.fallSilentAfter = 100_000;
    const fetching = expect(slow.fetch(digest, patient)).rejects.toMatchObject({ code: 'unavailable' });
    const partial = `${paths.image(digest)}.partial`;
    await waitFor(async () => (await stat(partial)).size === 100_000, { what: 'the first part is there' });
    await clock.advance(30_000);
    await fetching;
    await slow.fetch(digest, patient);
    expect(intel.ranges.at(-1)).toBe('bytes=100000-');
    expect((await readFile(paths.image(digest))).equals(content)).toBe(true);
    expect(clock.pending).toBe(0);
  });

  it('of which an earlier try left something else is read anew as a whole', async () => {
    const content = randomBytes(200_000);
    const { digest } = intel.add(content);
    await writeFile(`${paths.image(digest)}.partial`, Buffer.alloc(50_000));
    await cache.fetch(digest, patient);
    expect(intel.ranges).toEqual(['bytes=50000-', undefined]);
    expect((await readFile(paths.image(digest))).equals(content)).toBe(true);
  });

  it('that arrives damaged is refused and not kept', async () => {
    const { digest } = intel.add(randomBytes(100_000));
    intel.damage = true;
    await expect(cache.fetch(digest, patient)).rejects.toMatchObject({ code: 'image_rejected' });
    expect(readdirSync(paths.images)).toEqual([]);
  });

  it('that is gone is image_missing, and nothing is left', async () => {
    const { digest } = intel.add(randomBytes(1000));
    intel.remove(digest);
    await expect(cache.fetch(digest, patient)).rejects.toMatchObject({ code: 'image_missing' });
    expect(readdirSync(paths.images)).toEqual([]);
  });

  it('that nobody waits for any more is still brought in', async () => {
    const content = randomBytes(2_000_000);
    const { digest } = intel.add(content);
    const impatient = new AbortController();
    const waiting = cache.fetch(digest, impatient.signal);
    impatient.abort();
    await expect(waiting).rejects.toThrow('no longer waited for');
    await cache.fetch(digest, patient);
    expect(intel.asked).toBe(1);
  });

  it('cannot be had while intel is away', async () => {
    const lonely = await Bus.connect({ url: nats.url, name: 'lonely', logger: silentLogger });
    await lonely.close();
    const alone = new ImageCache('0198b1f0-7a11-7c3e-9d55-1f2e3d4c5b6a', lonely, paths, systemClock);
    await expect(alone.fetch('0'.repeat(64), patient)).rejects.toMatchObject({ code: 'unavailable' });
  });
});
