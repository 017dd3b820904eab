/**
 * Writes a stream of bytes to a file: hashed on the way, judged by its head before more than that is stored, never
 * more than is allowed, and durable before it ends.
 */
import { createHash, type Hash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { ImageFormat } from '#libs/contracts';
import { VmanError } from '#libs/errors';
import { judgeImage } from '#libs/images';

const HEAD_BYTES = 64 * 1024;
const CHUNK_BYTES = 1024 * 1024;

export interface Received {
  digest: string;
  fileBytes: number;
}

export interface Receiving {
  source: AsyncIterable<Buffer>;
  format: ImageFormat;
  path: string;
  maxBytes: number;
  /** Bytes that are there from before; the source brings what follows them. */
  offset?: number;
  /** Bytes of the whole, where they are known. */
  totalBytes?: number;
  /** Bytes that are there; called after each write. */
  onBytes?: (bytes: number) => void;
}

/** Throws image_rejected, image_unsafe, storage_full, or what the source throws. */
export async function receive({ source, path, offset = 0, ...more }: Receiving): Promise<Received> {
  const { format, maxBytes, totalBytes, onBytes } = more;
  const hash = createHash('sha256');
  await using file = await openPart(path, offset);
  if (offset > 0) await hashAgain(file, offset, hash);
  let fileBytes = offset;
  let head = Buffer.alloc(0);
  let judged = offset >= HEAD_BYTES;
  const limits = { maxVirtualBytes: maxBytes };
  for await (const chunk of source) {
    if (fileBytes + chunk.length > maxBytes || (totalBytes ?? 0) > maxBytes) {
      throw new VmanError('image_rejected', `It has more than the ${maxBytes} bytes that are allowed.`);
    }
    hash.update(chunk);
    await writeAll(file, chunk, fileBytes);
    fileBytes += chunk.length;
    onBytes?.(fileBytes);
    if (judged || offset > 0) continue;
    head = Buffer.concat([head, chunk.subarray(0, HEAD_BYTES - head.length)]);
    judged = head.length === HEAD_BYTES;
    const verdict = judged ? judgeImage(head, totalBytes ?? maxBytes, format, limits) : undefined;
    // A raw image has the size of its file, which may not be known yet.
    if (verdict && !verdict.ok) throw new VmanError(verdict.code, verdict.message);
  }
  if (totalBytes !== undefined && fileBytes !== totalBytes) {
    throw new VmanError('upload_interrupted', `${fileBytes} of ${totalBytes} bytes arrived.`);
  }
  await file.sync().catch((error) => {
    throw asImageError(error);
  });
  return { digest: hash.digest('hex'), fileBytes };
}

/** The bytes of a file. A link put in the place of the file since it was looked at is not followed. */
export async function* bytesOf(path: string, signal: AbortSignal): AsyncGenerator<Buffer> {
  await using file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(
    (error) => {
      throw new VmanError('image_rejected', 'The source file is gone or cannot be read.', { cause: error });
    },
  );
  if (!(await file.stat()).isFile()) throw new VmanError('image_rejected', 'The source is not a plain file.');
  const chunk = Buffer.alloc(CHUNK_BYTES);
  for (let at = 0; ; ) {
    signal.throwIfAborted();
    const { bytesRead } = await file.read(chunk, 0, chunk.length, at);
    if (bytesRead === 0) return;
    yield chunk.subarray(0, bytesRead);
    at += bytesRead;
  }
}

export function asImageError(error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new VmanError('storage_full', 'The image store is full.', { cause: error });
  }
  return error;
}

async function openPart(path: string, offset: number): Promise<FileHandle> {
  const fresh = constants.O_CREAT | constants.O_TRUNC;
  const flags = constants.O_RDWR | constants.O_NOFOLLOW | (offset > 0 ? 0 : fresh);
  const file = await open(path, flags, 0o600).catch((error) => {
    throw asImageError(error);
  });
  // Behind the offset there may be the rest of a write that was cut off.
  if (offset > 0) await file.truncate(offset);
  return file;
}

async function writeAll(file: FileHandle, chunk: Buffer, at: number): Promise<void> {
  try {
    for (let done = 0; done < chunk.length; ) {
      const { bytesWritten } = await file.write(chunk, done, chunk.length - done, at + done);
      done += bytesWritten;
    }
  } catch (error) {
    throw asImageError(error);
  }
}

async function hashAgain(file: FileHandle, bytes: number, hash: Hash): Promise<void> {
  const chunk = Buffer.alloc(CHUNK_BYTES);
  for (let at = 0; at < bytes; ) {
    const { bytesRead } = await file.read(chunk, 0, Math.min(chunk.length, bytes - at), at);
    if (bytesRead === 0) throw new VmanError('internal', 'What arrived before is shorter than it was.');
    hash.update(chunk.subarray(0, bytesRead));
    at += bytesRead;
  }
}
