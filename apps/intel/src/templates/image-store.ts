/**
 * The folder of template images. A file is named by the SHA-256 of its content and never changes; it is there whole
 * or not at all, since it is written as the part of its template, synced, judged and only then renamed. A part
 * belongs to one template that is being imported; any other part is a rest of something that was cut off. An image that
 * no template names is put aside, under a name that carries when, before anything else becomes of it.
 */
import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import type { ImageFormat } from '#libs/contracts';
import { VmanError } from '#libs/errors';
import { inspectFile } from '#libs/images';
import { INTEL_CONFIG, type IntelConfig } from '../intel.config.js';
import { asImageError, type Received, type Receiving, receive } from './receive.js';

export interface StoredImage {
  digest: string;
  fileBytes: number;
  virtualBytes: number;
}

const DIGEST = /^[0-9a-f]{64}$/;
const PART = '.part-';
const ASIDE = /^\.quarantined-([0-9a-f]{64})\.(\d{1,15})$/;
const GIB = 1024 ** 3;

/** An image in quarantine. */
export interface AsideImage {
  name: string;
  digest: string;
  atMs: number;
}

@Injectable()
export class ImageStore {
  readonly path: string;
  /** Of a file and of the disk in it. */
  readonly maxBytes: number;

  constructor(@Inject(INTEL_CONFIG) config: IntelConfig) {
    this.path = config.imageStorePath;
    this.maxBytes = config.importMaxGib * GIB;
  }

  async open(): Promise<void> {
    await mkdir(this.path, { recursive: true, mode: 0o700 });
  }

  /** Writes the part of a template. Throws VmanError; what arrived stays until it is dropped. */
  async receive(templateId: string, receiving: Omit<Receiving, 'path' | 'maxBytes'>): Promise<Received> {
    return receive({ ...receiving, path: this.partOf(templateId), maxBytes: this.maxBytes });
  }

  /** Judges a part by all that is in it. Throws image_rejected or image_unsafe. */
  async judge(
    templateId: string,
    received: Received,
    format: ImageFormat,
    wantedDigest: string | null,
  ): Promise<StoredImage> {
    if (wantedDigest && wantedDigest !== received.digest) {
      throw new VmanError('image_rejected', `Its SHA-256 is ${received.digest}, not the one that was given.`);
    }
    await using part = await open(this.partOf(templateId), constants.O_RDONLY | constants.O_NOFOLLOW);
    const verdict = await inspectFile(part, format, { maxVirtualBytes: this.maxBytes });
    if (!verdict.ok) throw new VmanError(verdict.code, verdict.message);
    return { ...received, virtualBytes: verdict.info.virtualBytes };
  }

  /** Gives a judged part its name; false when there is neither. */
  async keep(templateId: string, digest: string): Promise<boolean> {
    try {
      await rename(this.partOf(templateId), this.fileOf(digest));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return this.has(digest);
      throw asImageError(error);
    }
    await using folder = await open(this.path, 'r');
    await folder.sync();
    return true;
  }

  async drop(templateId: string): Promise<void> {
    await rm(this.partOf(templateId), { force: true });
  }

  /** Bytes that an earlier transfer left. */
  async arrived(templateId: string): Promise<number> {
    return stat(this.partOf(templateId)).then(
      (it) => it.size,
      () => 0,
    );
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

  async putAside(digest: string, nowMs: number): Promise<void> {
    await rename(this.fileOf(digest), join(this.path, `.quarantined-${digest}.${nowMs}`));
  }

  /** Gives an image its name again; one that has it by now needs no other. */
  async takeBack({ name, digest }: AsideImage): Promise<void> {
    if (await this.has(digest)) await this.destroy({ name });
    else await rename(join(this.path, name), this.fileOf(digest));
  }

  async destroy({ name }: Pick<AsideImage, 'name'>): Promise<void> {
    await rm(join(this.path, name), { force: true });
  }

  /** What is here: images by digest, parts by template, and what is in quarantine. */
  async contents(): Promise<{ digests: string[]; parts: string[]; asides: AsideImage[] }> {
    const names = await readdir(this.path);
    return {
      digests: names.filter((name) => DIGEST.test(name)),
      parts: names.filter((name) => name.startsWith(PART)).map((name) => name.slice(PART.length)),
      asides: names.flatMap((name) => {
        const [, digest, atMs] = ASIDE.exec(name) ?? [];
        return digest === undefined ? [] : [{ name, digest, atMs: Number(atMs) }];
      }),
    };
  }

  private fileOf(digest: string): string {
    return join(this.path, digest);
  }

  private partOf(templateId: string): string {
    return join(this.path, `${PART}${templateId}`);
  }
}
