/**
 * Reads the header of an untrusted qcow2 and refuses what could reach beyond the file or exhaust its reader: backing
 * and data files, encryption, internal snapshots, features we do not know, tables outside the file or larger than
 * QEMU allows. Only the first 64 KiB are needed. Integers are big-endian; docs/interop/qcow2.txt of QEMU.
 */
import type { ErrorCode } from '#libs/errors';
import { QCOW2_MAX_L1_BYTES, QCOW2_MAX_REFCOUNT_TABLE_BYTES } from './qcow2-format.js';

export interface ImageRefusal {
  ok: false;
  code: Extract<ErrorCode, 'image_unsafe' | 'image_rejected'>;
  /** For the person who gave the image. */
  message: string;
}

export interface Qcow2Header {
  version: 2 | 3;
  virtualBytes: number;
  clusterBytes: number;
  compression: 'zlib' | 'zstd';
  /** It was not closed properly; QEMU repairs its counts on opening. */
  dirty: boolean;
}

/** Where its tables lie; within the file, by what the header claims. */
export interface Qcow2Layout {
  clusterBits: number;
  l1Offset: number;
  l1Entries: number;
  refcountOffset: number;
  refcountClusters: number;
}

export type HeaderResult = { ok: true; header: Qcow2Header; layout: Qcow2Layout } | ImageRefusal;

export const refuse = (code: ImageRefusal['code'], message: string): ImageRefusal => ({
  ok: false,
  code,
  message,
});
export const damaged = (what: string): ImageRefusal =>
  refuse('image_rejected', `The qcow2 image is damaged: ${what}`);

const V2_HEADER_BYTES = 72;
const V3_HEADER_BYTES = 104;
const FEATURE = { dirty: 1n, corrupt: 2n, dataFile: 4n, compressionType: 8n } as const;
const KNOWN_FEATURES = FEATURE.dirty | FEATURE.corrupt | FEATURE.dataFile | FEATURE.compressionType;
const EXTENSION_END = 0;
const UNSAFE_EXTENSIONS: ReadonlyMap<number, string> = new Map([
  [0x44415441, 'It names another file for its data'],
  [0x0537be77, 'It is encrypted'],
  [0xe2792aca, 'It names the format of a backing file'],
  [0x23852875, 'It holds bitmaps'],
]);

interface Fields {
  version: number;
  backingOffset: bigint;
  clusterBits: number;
  size: bigint;
  cryptMethod: number;
  l1Entries: number;
  l1Offset: bigint;
  refcountOffset: bigint;
  refcountClusters: number;
  snapshots: number;
  features: bigint;
  refcountOrder: number;
  headerBytes: number;
  compressionType: number;
}

function readFields(head: Buffer): Fields | undefined {
  if (head.length < V2_HEADER_BYTES) return undefined;
  const version = head.readUInt32BE(4);
  if (version >= 3 && head.length < V3_HEADER_BYTES) return undefined;
  const headerBytes = version >= 3 ? head.readUInt32BE(100) : V2_HEADER_BYTES;
  return {
    version,
    backingOffset: head.readBigUInt64BE(8),
    clusterBits: head.readUInt32BE(20),
    size: head.readBigUInt64BE(24),
    cryptMethod: head.readUInt32BE(32),
    l1Entries: head.readUInt32BE(36),
    l1Offset: head.readBigUInt64BE(40),
    refcountOffset: head.readBigUInt64BE(48),
    refcountClusters: head.readUInt32BE(56),
    snapshots: head.readUInt32BE(60),
    features: version >= 3 ? head.readBigUInt64BE(72) : 0n,
    refcountOrder: version >= 3 ? head.readUInt32BE(96) : 4,
    headerBytes,
    compressionType: headerBytes > V3_HEADER_BYTES ? (head[V3_HEADER_BYTES] ?? 0) : 0,
  };
}

function findUnsafe(fields: Fields): string | undefined {
  if (fields.backingOffset !== 0n) return 'It refers to a backing file';
  if ((fields.features & FEATURE.dataFile) !== 0n) return 'It keeps its data in another file';
  if (fields.cryptMethod !== 0) return 'It is encrypted';
  if (fields.snapshots !== 0) return 'It holds snapshots';
  if ((fields.features & ~KNOWN_FEATURES) !== 0n) return 'It needs features that are not known to be safe';
  return undefined;
}

function findGeometryFault(fields: Fields): string | undefined {
  const { clusterBits, refcountOrder, headerBytes, size } = fields;
  if (clusterBits < 9 || clusterBits > 21) return 'impossible cluster size';
  if (refcountOrder > 6) return 'impossible refcount width';
  if (fields.version === 3 && (headerBytes < V3_HEADER_BYTES || headerBytes % 8 !== 0))
    return 'its own length';
  if (headerBytes > 1 << clusterBits) return 'longer than a cluster';
  if (size === 0n || size > BigInt(Number.MAX_SAFE_INTEGER) - 511n) return 'impossible disk size';
  if ((fields.features & FEATURE.corrupt) !== 0n) return 'marked as corrupt';
  const typed = (fields.features & FEATURE.compressionType) !== 0n;
  if (fields.compressionType > 1 || typed !== (fields.compressionType !== 0)) return 'unknown compression';
  return undefined;
}

function findTableFault(fields: Fields, fileBytes: number): string | undefined {
  const cluster = 1n << BigInt(fields.clusterBits);
  const outside = (offset: bigint, bytes: bigint): boolean =>
    offset < cluster || offset % cluster !== 0n || offset + bytes > BigInt(fileBytes);
  const l1Bytes = BigInt(fields.l1Entries) * 8n;
  const perL1Entry = (cluster / 8n) * cluster;
  if (l1Bytes > BigInt(QCOW2_MAX_L1_BYTES)) return 'its first-level table is too large';
  if (BigInt(fields.l1Entries) * perL1Entry < fields.size) return 'its first-level table is too small';
  if (outside(fields.l1Offset, l1Bytes)) return 'its first-level table is not within the file';
  const refcountBytes = BigInt(fields.refcountClusters) * cluster;
  if (refcountBytes === 0n) return 'it has no refcount table';
  if (refcountBytes > BigInt(QCOW2_MAX_REFCOUNT_TABLE_BYTES)) return 'its refcount table is too large';
  if (outside(fields.refcountOffset, refcountBytes)) return 'its refcount table is not within the file';
  return undefined;
}

function walkExtensions(head: Buffer, { headerBytes, clusterBits }: Fields): ImageRefusal | undefined {
  const end = Math.min(head.length, 1 << clusterBits);
  let at = headerBytes;
  while (at + 8 <= end) {
    const type = head.readUInt32BE(at);
    const length = head.readUInt32BE(at + 4);
    if (type === EXTENSION_END) return undefined;
    const unsafe = UNSAFE_EXTENSIONS.get(type);
    if (unsafe !== undefined) return refuse('image_unsafe', unsafe);
    at += 8 + Math.ceil(length / 8) * 8;
    if (at > end) return damaged('an extension is longer than the header');
  }
  return undefined;
}

/** `head` is the first 64 KiB of the file, or all of it. */
export function readQcow2Header(head: Buffer, fileBytes: number): HeaderResult {
  const fields = readFields(head);
  if (fields === undefined) return damaged('it is cut off');
  const { version } = fields;
  if (version !== 2 && version !== 3)
    return refuse('image_rejected', `qcow2 version ${version} is not known`);
  const unsafe = findUnsafe(fields);
  if (unsafe !== undefined) return refuse('image_unsafe', unsafe);
  const fault = findGeometryFault(fields) ?? findTableFault(fields, fileBytes);
  if (fault !== undefined) return damaged(fault);
  const extension = walkExtensions(head, fields);
  if (extension !== undefined) return extension;
  return {
    ok: true,
    header: {
      version,
      virtualBytes: Number((fields.size + 511n) / 512n) * 512,
      clusterBytes: 1 << fields.clusterBits,
      compression: fields.compressionType === 1 ? 'zstd' : 'zlib',
      dirty: (fields.features & FEATURE.dirty) !== 0n,
    },
    layout: {
      clusterBits: fields.clusterBits,
      l1Offset: Number(fields.l1Offset),
      l1Entries: fields.l1Entries,
      refcountOffset: Number(fields.refcountOffset),
      refcountClusters: fields.refcountClusters,
    },
  };
}
