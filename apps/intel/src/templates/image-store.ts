/**
 * The folder of template images. A file is named by the SHA-256 of its content and never changes; it is there whole
 * or not at all, since it is written under another name, synced, checked and only then renamed.
 */
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import type { ImageFormat } from '#libs/contracts';
import { VmanError } from '#libs/errors';
import { INTEL_CONFIG, type IntelConfig } from '../intel.config.js';
import { checkImage, HEADER_BYTES } from './check-image.js';

export interface StoredImage {
  digest: string;
  fileBytes: number;
  virtualBytes: number;
}

const DIGEST = /^[0-9a-f]{64}$/;
const PART = '.part-';
const CHUNK_BYTES = 1024 * 1024;

@Injectable()
export class ImageStore {
  readonly path: string;

  constructor(@Inject(INTEL_CONFIG) config: IntelConfig) {
    this.path = config.imageStorePath;
  }

  /** Makes the folder and removes what an import left that was cut off. */
  async open(): Promise<void> {
    await mkdir(this.path, { recursive: true, mode: 0o700 });
    for (const name of await readdir(this.path)) {
      if (name.startsWith(PART)) await rm(join(this.path, name), { force: true });
    }
  }

  /** Copies a file in. Throws image_rejected, image_unsafe or storage_full; then nothing is left of it. */
  async add(source: string, format: ImageFormat, wantedDigest: string | null): Promise<StoredImage> {
    const part = join(this.path, `${PART}${uuidv7()}`);
    try {
      const copied = await copy(source, part);
      if (wantedDigest && wantedDigest !== copied.digest) {
        throw new VmanError('image_rejected', `Its SHA-256 is ${copied.digest}, not the one that was given.`);
      }
      const verdict = checkImage(copied.header, copied.fileBytes, format);
      if (verdict.kind === 'bad') throw new VmanError(verdict.code, verdict.message);
      await rename(part, this.fileOf(copied.digest));
      await syncFolder(this.path);
      return { digest: copied.digest, fileBytes: copied.fileBytes, virtualBytes: verdict.virtualBytes };
    } catch (error) {
      await rm(part, { force: true });
      throw asImageError(error);
    }
  }

  /** Opens an image for reading; image_missing when it is not there. */
  async read(digest: string): Promise<{ file: FileHandle; bytes: number }> {
    const file = DIGEST.test(digest)
      ? await open(this.fileOf(digest), 'r').catch(() => undefined)
      : undefined;
    if (!file) throw new VmanError('image_missing', 'The image store does not hold this image.');
    return { file, bytes: (await file.stat()).size };
  }

  async has(digest: string): Promise<boolean> {
    if (!DIGEST.test(digest)) return false;
    return stat(this.fileOf(digest)).then(
      (it) => it.isFile(),
      () => false,
    );
  }

  async remove(digest: string): Promise<void> {
    await rm(this.fileOf(digest), { force: true });
  }

  private fileOf(digest: string): string {
    return join(this.path, digest);
  }
}

async function copy(
  from: string,
  to: string,
): Promise<{ digest: string; fileBytes: number; header: Buffer }> {
  const hash = createHash('sha256');
  const header = Buffer.alloc(HEADER_BYTES);
  const chunk = Buffer.alloc(CHUNK_BYTES);
  let fileBytes = 0;
  // The path was resolved before; a link put in its place since then is not followed.
  await using source = await open(from, constants.O_RDONLY | constants.O_NOFOLLOW);
  await using target = await open(to, 'wx', 0o600);
  for (;;) {
    const { bytesRead } = await source.read(chunk, 0, chunk.length, fileBytes);
    if (bytesRead === 0) break;
    const data = chunk.subarray(0, bytesRead);
    if (fileBytes < HEADER_BYTES) data.copy(header, fileBytes);
    hash.update(data);
    await target.writeFile(data);
    fileBytes += bytesRead;
  }
  await target.sync();
  return {
    digest: hash.digest('hex'),
    fileBytes,
    header: header.subarray(0, Math.min(fileBytes, HEADER_BYTES)),
  };
}

async function syncFolder(path: string): Promise<void> {
  await using folder = await open(path, 'r');
  await folder.sync();
}

function asImageError(error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new VmanError('storage_full', 'The image store is full.', { cause: error });
  }
  if (code === 'ENOENT' || code === 'ELOOP' || code === 'EACCES') {
    return new VmanError('image_rejected', 'The source file is gone or cannot be read.', { cause: error });
  }
  return error;
}
