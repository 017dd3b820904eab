/** Which images leave the cache. Pure. */
export interface CachedImage {
  digest: string;
  bytes: number;
  /** When something was last made of it, or it arrived; Unix ms. */
  usedAtMs: number;
}

export interface CacheLimits {
  /** 0: no limit. */
  maxBytes: number;
  maxAgeMs: number;
  /** Of the file system, in percent. */
  minFreePercent: number;
}

/** One that was used just now may be about to become the base of a disk that is not written yet. */
export const IN_USE_MS = 10 * 60_000;

/**
 * Never one that something is based on, nor one that was used just now. Others leave when they are too old, and, the
 * longest unused first, while the cache is too large or the file system too full.
 */
export function chooseEvictions(
  images: readonly CachedImage[],
  based: ReadonlySet<string>,
  limits: CacheLimits,
  now: { nowMs: number; freeBytes: number; capacityBytes: number },
): string[] {
  const leaving: string[] = [];
  let bytes = images.reduce((sum, it) => sum + it.bytes, 0);
  let { freeBytes } = now;
  const byAge = [...images].sort((a, b) => a.usedAtMs - b.usedAtMs);
  for (const image of byAge) {
    const unusedMs = now.nowMs - image.usedAtMs;
    if (based.has(image.digest) || unusedMs < IN_USE_MS) continue;
    const tooOld = unusedMs > limits.maxAgeMs;
    const tooLarge = limits.maxBytes > 0 && bytes > limits.maxBytes;
    const tooFull = freeBytes < (now.capacityBytes * limits.minFreePercent) / 100;
    if (!tooOld && !tooLarge && !tooFull) continue;
    leaving.push(image.digest);
    bytes -= image.bytes;
    freeBytes += image.bytes;
  }
  return leaving;
}
