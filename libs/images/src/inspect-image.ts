/**
 * Judges an image file that somebody else made, before any tool opens it. An image can name other files of the host
 * (backing file, data file, VMDK extents) or claim tables that eat memory, and tools follow it; so only what is
 * plainly harmless passes. First the header is judged by its first 64 KiB; then the tables of a qcow2 are walked, so
 * that no cluster lies outside of the file or is used twice. It never follows a link or waits at a pipe. What passes
 * is safe to give to QEMU when every node names its format and backing.
 */
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { ImageFormat } from '#libs/contracts';
import { detectFormat } from './detect-format.js';
import {
  type ImageRefusal,
  type Qcow2Header,
  type Qcow2Layout,
  readQcow2Header,
  refuse,
} from './qcow2-header.js';
import { walkTables } from './walk-tables.js';

const HEAD_BYTES = 64 * 1024;
const SECTOR = 512;

export type ImageInfo =
  | { format: 'raw'; virtualBytes: number; fileBytes: number }
  | ({ format: 'qcow2'; fileBytes: number } & Qcow2Header);

export type Inspection = { ok: true; info: ImageInfo } | ImageRefusal;
type Judgement = { ok: true; info: ImageInfo; layout?: Qcow2Layout } | ImageRefusal;

export interface InspectOptions {
  /** Largest size that the guest may see. */
  maxVirtualBytes: number;
}

async function readHead(file: FileHandle): Promise<Buffer> {
  const head = Buffer.alloc(HEAD_BYTES);
  let length = 0;
  while (length < head.length) {
    const { bytesRead } = await file.read(head, length, head.length - length, length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return head.subarray(0, length);
}

function judgeRaw(head: Buffer, fileBytes: number): Judgement {
  const found = detectFormat(head);
  if (found?.kind === 'archive') {
    return refuse('image_rejected', `The image is compressed (${found.name}); give it unpacked`);
  }
  if (found !== undefined) {
    return refuse('image_unsafe', `The image is declared raw, but carries the mark of ${found.name}`);
  }
  return {
    ok: true,
    info: { format: 'raw', fileBytes, virtualBytes: Math.ceil(fileBytes / SECTOR) * SECTOR },
  };
}

function judgeQcow2(head: Buffer, fileBytes: number): Judgement {
  const found = detectFormat(head);
  if (found?.name === 'qcow2') {
    const result = readQcow2Header(head, fileBytes);
    if (!result.ok) return result;
    return { ok: true, info: { format: 'qcow2', fileBytes, ...result.header }, layout: result.layout };
  }
  if (found?.kind === 'image') {
    return refuse('image_unsafe', `The image is declared qcow2, but carries the mark of ${found.name}`);
  }
  return refuse('image_rejected', 'The image is declared qcow2, but is none');
}

function judge(
  head: Buffer,
  fileBytes: number,
  declaredFormat: ImageFormat,
  { maxVirtualBytes }: InspectOptions,
): Judgement {
  if (fileBytes === 0) return refuse('image_rejected', 'The image is empty');
  const judgement = declaredFormat === 'raw' ? judgeRaw(head, fileBytes) : judgeQcow2(head, fileBytes);
  if (judgement.ok && judgement.info.virtualBytes > maxVirtualBytes) {
    const { virtualBytes } = judgement.info;
    return refuse('image_unsafe', `The image has ${virtualBytes} bytes; ${maxVirtualBytes} are allowed`);
  }
  return judgement;
}

/** By the head of the file alone (64 KiB or all of it): refuses early what is not worth receiving. */
export function judgeImage(
  head: Buffer,
  fileBytes: number,
  declaredFormat: ImageFormat,
  options: InspectOptions,
): Inspection {
  const judgement = judge(head, fileBytes, declaredFormat, options);
  return judgement.ok ? { ok: true, info: judgement.info } : judgement;
}

/** The whole judgement of an open file. Throws only for faults of the file system. */
export async function inspectFile(
  file: FileHandle,
  declaredFormat: ImageFormat,
  options: InspectOptions,
): Promise<Inspection> {
  const stat = await file.stat();
  if (!stat.isFile()) return refuse('image_unsafe', 'The image is not a plain file');
  const judgement = judge(await readHead(file), stat.size, declaredFormat, options);
  if (!judgement.ok) return judgement;
  const fault = judgement.layout && (await walkTables(file, stat.size, judgement.layout));
  return fault ?? { ok: true, info: judgement.info };
}

/** Throws only for faults of the file system (`ENOENT`, `ELOOP` for a link, ...). */
export async function inspectImage(
  path: string,
  declaredFormat: ImageFormat,
  options: InspectOptions,
): Promise<Inspection> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    return await inspectFile(file, declaredFormat, options);
  } finally {
    await file.close();
  }
}
