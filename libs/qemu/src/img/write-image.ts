/**
 * Writes the metadata of a new disk image ourselves: running `qemu-img create` costs a hundred times as much. A new
 * qcow2 needs no data: a header, a refcount table with one block, and an L1 table of zeros, which the file system
 * keeps as a hole. One refcount block counts the first 32768 clusters, more than the metadata of any size we allow.
 * Integers are big-endian. See docs/interop/qcow2.txt of QEMU.
 */
import { constants } from 'node:fs';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { ImageFormat } from '#libs/contracts';
import { VmanError } from '#libs/errors';
import { QCOW2_MAGIC, QCOW2_MAX_L1_BYTES } from '#libs/images';

const CLUSTER_BITS = 16;
const CLUSTER = 1 << CLUSTER_BITS;
/** One L1 entry stands for a cluster of L2 entries: 64 KiB / 8 * 64 KiB = 512 MiB of disk. */
const BYTES_PER_L1_ENTRY = (CLUSTER / 8) * CLUSTER;
const HEADER_BYTES = 104;
const REFCOUNT_ORDER = 4;
const EXTENSION_BACKING_FORMAT = 0xe2792aca;
const L1_OFFSET = 3 * CLUSTER;
const SECTOR = 512;
/** 2 PiB with this geometry. */
const MAX_SIZE = (QCOW2_MAX_L1_BYTES / 8) * BYTES_PER_L1_ENTRY;
const MAX_BACKING_NAME_BYTES = 1023;

export interface NewOverlay {
  path: string;
  /** Size that the guest sees; rounded up to sectors of 512 bytes. */
  sizeBytes: number;
  /** Path of the image below, absolute or from the folder of this one (`./`, `../`); absent: an empty disk. */
  backingFile?: string;
  backingFormat?: ImageFormat;
  /** Makes file and name durable before it returns. Default true. */
  fsync?: boolean;
}

export interface NewRaw {
  path: string;
  sizeBytes: number;
  fsync?: boolean;
}

function wholeSectors(sizeBytes: number): number {
  const size = Math.ceil(sizeBytes / SECTOR) * SECTOR;
  if (!(size > 0 && size <= MAX_SIZE)) {
    throw new VmanError('invalid_input', `A disk may have 1 to ${MAX_SIZE} bytes, not ${sizeBytes}`);
  }
  return size;
}

interface Plan {
  /** Header, refcount table and refcount block: three clusters. */
  head: Buffer;
  fileBytes: number;
}

function planOverlay({ sizeBytes, backingFile, backingFormat }: NewOverlay): Plan {
  const size = wholeSectors(sizeBytes);
  const l1Entries = Math.ceil(size / BYTES_PER_L1_ENTRY);
  const clusters = 3 + Math.ceil((l1Entries * 8) / CLUSTER);
  const head = Buffer.alloc(3 * CLUSTER);
  head.writeUInt32BE(QCOW2_MAGIC, 0);
  head.writeUInt32BE(3, 4);
  head.writeUInt32BE(CLUSTER_BITS, 20);
  head.writeBigUInt64BE(BigInt(size), 24);
  head.writeUInt32BE(l1Entries, 36);
  head.writeBigUInt64BE(BigInt(L1_OFFSET), 40);
  head.writeBigUInt64BE(BigInt(CLUSTER), 48);
  head.writeUInt32BE(1, 56);
  head.writeUInt32BE(REFCOUNT_ORDER, 96);
  head.writeUInt32BE(HEADER_BYTES, 100);
  if (backingFile !== undefined) writeBacking(head, backingFile, backingFormat);
  head.writeBigUInt64BE(BigInt(2 * CLUSTER), CLUSTER);
  for (let index = 0; index < clusters; index += 1) head.writeUInt16BE(1, 2 * CLUSTER + 2 * index);
  return { head, fileBytes: clusters * CLUSTER };
}

function writeBacking(head: Buffer, backingFile: string, format: ImageFormat | undefined): void {
  const name = Buffer.from(backingFile);
  if (format === undefined || !/^(\/|\.\.?\/)/.test(backingFile) || name.length > MAX_BACKING_NAME_BYTES) {
    throw new VmanError('invalid_input', 'A backing file needs a plain path below 1 KiB and a format');
  }
  head.writeUInt32BE(EXTENSION_BACKING_FORMAT, HEADER_BYTES);
  head.writeUInt32BE(format.length, HEADER_BYTES + 4);
  head.write(format, HEADER_BYTES + 8);
  // The extension is padded to 8 bytes and followed by the end mark, 8 bytes of zeros.
  const nameOffset = HEADER_BYTES + 8 + 8 + 8;
  name.copy(head, nameOffset);
  head.writeBigUInt64BE(BigInt(nameOffset), 8);
  head.writeUInt32BE(name.length, 16);
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(dirname(path), constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function create(
  path: string,
  fsync: boolean,
  fill: (file: FileHandle) => Promise<void>,
): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await fill(file);
    if (fsync) await file.sync();
  } catch (error) {
    await unlink(path);
    throw error;
  } finally {
    await file.close();
  }
  if (fsync) await syncFolder(path);
}

/** Makes a qcow2, empty or upon another image; never overwrites (`EEXIST`). */
export async function writeOverlay(overlay: NewOverlay): Promise<void> {
  const { head, fileBytes } = planOverlay(overlay);
  await create(overlay.path, overlay.fsync ?? true, async (file) => {
    await file.write(head, 0, head.length, 0);
    await file.truncate(fileBytes);
  });
}

/** Makes a raw image that is one hole; never overwrites (`EEXIST`). */
export async function writeRaw({ path, sizeBytes, fsync = true }: NewRaw): Promise<void> {
  const size = wholeSectors(sizeBytes);
  await create(path, fsync, (file) => file.truncate(size));
}
