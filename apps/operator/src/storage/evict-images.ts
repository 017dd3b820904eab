/**
 * Keeps the image cache within its limits. What a disk is based on is asked of the disks themselves, by their headers,
 * and of the desired states: an overlay whose base is gone is lost. While a pool does not answer its disks cannot be
 * asked, so nothing leaves.
 */
import { rm, stat, statfs } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { OperatorConfig } from '#libs/config';
import { backingPath } from '#libs/qemu';
import type { Host } from '../host.js';
import type { Vm } from '../reconcile/vm.js';
import { type CachedImage, chooseEvictions, IN_USE_MS } from './choose-evictions.js';
import { listFolder } from './paths.js';

const EVERY_MS = 60_000;
const PARTIAL_KEPT_MS = 24 * 3_600_000;
const GIB = 1024 ** 3;
const DIGEST = /^[0-9a-f]{64}$/;
const PARTIAL = '.partial';

type Limits = Pick<OperatorConfig, 'imageCacheMaxGib' | 'imageCacheMaxAge' | 'imageCacheFreePercent'>;

export class EvictImages {
  private dueAt = 0;

  constructor(
    private readonly host: Host,
    private readonly limits: Limits,
  ) {}

  /** Does it when it is time for it again. */
  async nowAndThen(vms: readonly Vm[]): Promise<void> {
    const { clock } = this.host;
    if (clock.monotonic() < this.dueAt || this.host.dryRun) return;
    this.dueAt = clock.monotonic() + EVERY_MS;
    try {
      await this.evict(vms);
    } catch (error) {
      this.host.logger.warn({ err: error }, 'the image cache could not be tidied');
    }
  }

  async evict(vms: readonly Vm[]): Promise<void> {
    const { paths, clock, logger, pools } = this.host;
    await this.dropOldParts();
    const images = await this.images();
    this.host.measure.imageCache(
      images.length,
      images.reduce((sum, it) => sum + it.bytes, 0),
    );
    if (images.length === 0 || pools.reports.some((it) => !it.available)) return;
    const based = await this.based(vms);
    // So that one whose last disk goes counts from then on.
    for (const digest of based) await this.host.images.use(digest);
    const { bavail, bsize, blocks } = await statfs(paths.images);
    const limits = {
      maxBytes: this.limits.imageCacheMaxGib * GIB,
      maxAgeMs: this.limits.imageCacheMaxAge,
      minFreePercent: this.limits.imageCacheFreePercent,
    };
    const now = { nowMs: clock.now(), freeBytes: bavail * bsize, capacityBytes: blocks * bsize };
    for (const digest of chooseEvictions(images, based, limits, now)) {
      // Asked for meanwhile: it stays.
      const again = await stat(paths.image(digest)).catch(() => undefined);
      if (!again || clock.now() - again.mtimeMs < IN_USE_MS) continue;
      await rm(paths.image(digest), { force: true });
      logger.info({ digest, bytes: again.size }, 'an unused image left the cache');
    }
  }

  private async images(): Promise<CachedImage[]> {
    const { paths } = this.host;
    const images: CachedImage[] = [];
    for (const digest of (await listFolder(paths.images)).filter((it) => DIGEST.test(it))) {
      const found = await stat(paths.image(digest)).catch(() => undefined);
      if (found) images.push({ digest, bytes: found.size, usedAtMs: found.mtimeMs });
    }
    return images;
  }

  private async based(vms: readonly Vm[]): Promise<Set<string>> {
    const { paths, pools } = this.host;
    const digests = new Set<string>();
    for (const { desired } of vms) {
      for (const { image } of desired?.disks ?? []) if (image) digests.add(image.digest);
    }
    for (const folder of pools.disksFolders) {
      for (const name of await listFolder(folder)) {
        // Gone meanwhile, or no disk; what cannot be read for another reason ends this round.
        const below = await backingPath(join(folder, name)).catch((error: NodeJS.ErrnoException) => {
          if (error.code === 'ENOENT' || error.code === 'EISDIR') return undefined;
          throw error;
        });
        if (below && dirname(below) === paths.images) digests.add(basename(below));
      }
    }
    return digests;
  }

  private async dropOldParts(): Promise<void> {
    const { paths, clock } = this.host;
    for (const name of (await listFolder(paths.images)).filter((it) => it.endsWith(PARTIAL))) {
      const path = join(paths.images, name);
      const found = await stat(path).catch(() => undefined);
      if (found && clock.now() - found.mtimeMs > PARTIAL_KEPT_MS) await rm(path, { force: true });
    }
  }
}
