/**
 * Walks the tables of an untrusted qcow2 and refuses what a sound image without snapshots never has: a cluster
 * outside of the file, or one that is used twice. So nothing is read twice here (many first-level entries that name
 * one table would keep a reader busy for days), and no small file unfolds into an endless one: but for compressed
 * clusters, which qemu-img packs together, the guest gets no more data than the file holds.
 *
 * Memory: a bit for each cluster of the file, and one table at a time.
 */
import type { FileHandle } from 'node:fs/promises';
import { damaged, type ImageRefusal, type Qcow2Layout } from './qcow2-header.js';

/** 128 MiB of bits; more clusters has only a huge file of tiny clusters. */
const MAX_CLUSTERS = 2 ** 30;
const ENTRY_BYTES = 8;
const SECTOR = 512;
const HIGH = 2 ** 32;
/** Of the upper half of an entry. */
const COMPRESSED = 0x4000_0000;
const OFFSET_HIGH = 0x00ff_ffff;
const OFFSET_LOW = 0xffff_fe00;

class Fault extends Error {}

class Clusters {
  private readonly used: Uint8Array;

  constructor(
    private readonly fileBytes: number,
    readonly clusterBytes: number,
  ) {
    this.used = new Uint8Array(Math.ceil(fileBytes / clusterBytes / 8) + 1);
  }

  /** Takes all clusters of a range that begins at a cluster. */
  take(offset: number, bytes: number, what: string): void {
    if (offset % this.clusterBytes !== 0) throw new Fault(`${what} lies between clusters`);
    for (let at = offset; at < offset + bytes; at += this.clusterBytes) {
      if (at >= this.fileBytes) throw new Fault(`${what} is not within the file`);
      const index = at / this.clusterBytes;
      const bit = 1 << (index & 7);
      const byte = Math.floor(index / 8);
      if (((this.used[byte] ?? 0) & bit) !== 0) throw new Fault(`${what} lies upon something else`);
      this.used[byte] = (this.used[byte] ?? 0) | bit;
    }
  }

  /** Compressed data may share a cluster with other compressed data. */
  within(offset: number, bytes: number): void {
    const end = Math.ceil(this.fileBytes / this.clusterBytes) * this.clusterBytes;
    if (offset < this.clusterBytes || offset + bytes > end)
      throw new Fault('compressed data is not within the file');
  }
}

/** Undefined: nothing is wrong. Throws only for faults of the file system. */
export async function walkTables(
  file: FileHandle,
  fileBytes: number,
  layout: Qcow2Layout,
): Promise<ImageRefusal | undefined> {
  const clusterBytes = 2 ** layout.clusterBits;
  if (fileBytes / clusterBytes > MAX_CLUSTERS) return damaged('its clusters are too many');
  try {
    const clusters = new Clusters(fileBytes, clusterBytes);
    clusters.take(0, clusterBytes, 'its header');
    clusters.take(layout.refcountOffset, layout.refcountClusters * clusterBytes, 'its refcount table');
    clusters.take(layout.l1Offset, layout.l1Entries * ENTRY_BYTES, 'its first-level table');
    for await (const offset of entriesOf(
      file,
      layout.refcountOffset,
      (layout.refcountClusters * clusterBytes) / ENTRY_BYTES,
    )) {
      clusters.take(offset, clusterBytes, 'a refcount block');
    }
    const table = Buffer.alloc(clusterBytes);
    for await (const offset of entriesOf(file, layout.l1Offset, layout.l1Entries)) {
      clusters.take(offset, clusterBytes, 'a second-level table');
      await readAt(file, table, offset);
      walkSecondLevel(table, layout.clusterBits, clusters);
    }
    return undefined;
  } catch (error) {
    if (error instanceof Fault) return damaged(error.message);
    throw error;
  }
}

/** The offsets in a table, without those of nothing. */
async function* entriesOf(file: FileHandle, start: number, entries: number): AsyncGenerator<number> {
  const chunk = Buffer.alloc(Math.min(entries * ENTRY_BYTES, 64 * 1024));
  for (let done = 0; done < entries; done += chunk.length / ENTRY_BYTES) {
    await readAt(file, chunk, start + done * ENTRY_BYTES);
    const here = Math.min(chunk.length / ENTRY_BYTES, entries - done);
    for (let index = 0; index < here; index += 1) {
      const offset = offsetAt(chunk, index * ENTRY_BYTES);
      if (offset !== 0) yield offset;
    }
  }
}

function walkSecondLevel(table: Buffer, clusterBits: number, clusters: Clusters): void {
  // A descriptor of compressed data: its offset, then its length in sectors, then two flags.
  const sizeShift = 62 - (clusterBits - 8);
  for (let at = 0; at < table.length; at += ENTRY_BYTES) {
    const high = table.readUInt32BE(at);
    if ((high & COMPRESSED) === 0) {
      const offset = offsetAt(table, at);
      if (offset !== 0) clusters.take(offset, clusters.clusterBytes, 'a cluster of data');
      continue;
    }
    const sizeInHigh = 2 ** (sizeShift - 32);
    const offset = (high % sizeInHigh) * HIGH + table.readUInt32BE(at + 4);
    const sectors = Math.floor((high & 0x3fff_ffff) / sizeInHigh) + 1;
    clusters.within(offset, sectors * SECTOR - (offset % SECTOR));
  }
}

function offsetAt(table: Buffer, at: number): number {
  return (table.readUInt32BE(at) & OFFSET_HIGH) * HIGH + ((table.readUInt32BE(at + 4) & OFFSET_LOW) >>> 0);
}

/** Behind the end of the file there are zeros. */
async function readAt(file: FileHandle, into: Buffer, at: number): Promise<void> {
  let length = 0;
  while (length < into.length) {
    const { bytesRead } = await file.read(into, length, into.length - length, at + length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  into.fill(0, length);
}
