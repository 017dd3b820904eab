/**
 * Images that attack who opens them, built in code. Each names its attack. `secret` is the path of a file that many of
 * them try to show.
 */
import { gzipSync } from 'node:zlib';
import {
  AT,
  addBacking,
  addExtension,
  CLUSTER,
  soundQcow2,
  spoilt,
  writeEntry,
  writeOffset,
} from './qcow2-builder.js';

export interface HostileImage {
  attack: string;
  format: 'qcow2' | 'raw';
  content: Buffer;
  code: 'image_unsafe' | 'image_rejected';
}

const DATA_FILE = 0x44415441;
const FEATURES_AT = 72;
const TIB = 1024n ** 4n;

const unsafe = (attack: string, change: (image: Buffer) => void): HostileImage => ({
  attack,
  format: 'qcow2',
  content: spoilt(change),
  code: 'image_unsafe',
});
const damaged = (attack: string, change: (image: Buffer) => void): HostileImage => ({
  ...unsafe(attack, change),
  code: 'image_rejected',
});
const lying = (attack: string, content: Buffer, format: 'qcow2' | 'raw' = 'raw'): HostileImage => ({
  attack,
  format,
  content,
  code: 'image_unsafe',
});

function starting(text: string, at = 0, bytes = 2 * CLUSTER): Buffer {
  const content = Buffer.alloc(bytes);
  content.write(text, at, 'latin1');
  return content;
}

export function hostileImages(secret: string): HostileImage[] {
  return [
    ...namingFiles(secret),
    ...lyingFormats(secret),
    ...eatingResources(),
    ...brokenTables(),
    ...oddHeaders(),
  ];
}

function namingFiles(secret: string): HostileImage[] {
  const json = `json:{"driver":"raw","file":{"driver":"file","filename":"${secret}"}}`;
  const names = [secret, json, 'nbd://127.0.0.1:10809/x', 'http://127.0.0.1:80/x', '/dev/zero', '/dev/stdin'];
  return [
    ...names.map((name) => unsafe(`a backing file ${name.slice(0, 12)}`, (it) => addBacking(it, name))),
    unsafe('a relative backing file', (it) => addBacking(it, '../../../../etc/shadow')),
    unsafe('a backing file with its format', (it) => {
      addExtension(it, 0xe2792aca, 'raw');
      addBacking(it, secret);
    }),
    unsafe('the format of a backing file that comes later', (it) => addExtension(it, 0xe2792aca, 'raw')),
    unsafe('an external data file', (it) => {
      it.writeBigUInt64BE(4n, FEATURES_AT);
      addExtension(it, DATA_FILE, secret);
    }),
    unsafe('the name of a data file without its flag', (it) => addExtension(it, DATA_FILE, secret)),
    unsafe('the flag of a data file without its name', (it) => it.writeBigUInt64BE(4n, FEATURES_AT)),
    unsafe('a data file behind another extension', (it) => {
      addExtension(it, 0x6803f857, '');
      it.writeUInt32BE(DATA_FILE, 112);
      it.writeUInt32BE(secret.length, 116);
      it.write(secret, 120);
    }),
  ];
}

function lyingFormats(secret: string): HostileImage[] {
  const vmdk = `# Disk DescriptorFile\nversion=1\nCID=1\ncreateType="monolithicFlat"\nRW 2048 FLAT "${secret}" 0\n`;
  const qed = starting('QED\0');
  qed.write(secret, 1024);
  return [
    lying('a VMDK descriptor with a flat extent, declared raw', starting(vmdk)),
    lying('a VMDK descriptor with a flat extent, declared qcow2', starting(vmdk), 'qcow2'),
    lying(
      'a VMDK descriptor behind comments and blank lines',
      starting(`#\n \n# x\nversion = 1\nRW 1 FLAT "${secret}" 0\n`),
    ),
    lying('a sparse VMDK, declared raw', starting('KDMV')),
    lying(
      'a qcow2 with a backing file, declared raw',
      spoilt((it) => addBacking(it, secret)),
    ),
    lying('a plain qcow2, declared raw', soundQcow2()),
    lying('a qcow of version 1, declared raw', starting('QFI\xfb\0\0\0\x01')),
    lying('a QED with a backing file, declared qcow2', qed, 'qcow2'),
    lying('a VHDX with a parent, declared raw', starting('vhdxfile')),
    lying('a dynamic VHD, declared raw', starting('conectix')),
    lying('a VDI, declared raw', starting('\x7f\x10\xda\xbe', 0x40)),
    lying('a LUKS volume, declared raw', starting('LUKS\xba\xbe')),
    lying('a Parallels disk, declared qcow2', starting('WithoutFreeSpace'), 'qcow2'),
    {
      attack: 'a gzip bomb, declared raw',
      format: 'raw',
      content: gzipSync(Buffer.alloc(8 * 1024 * 1024)),
      code: 'image_rejected',
    },
    {
      attack: 'text, declared qcow2',
      format: 'qcow2',
      content: starting('#!/bin/sh\n'),
      code: 'image_rejected',
    },
  ];
}

function eatingResources(): HostileImage[] {
  return [
    { attack: 'a disk of 100 TiB', format: 'qcow2', content: hugeDisk(), code: 'image_unsafe' },
    unsafe('65536 snapshots', (it) => {
      it.writeUInt32BE(65536, 60);
      writeOffset(it, 64, 5);
    }),
    unsafe('0xffffffff snapshots', (it) => it.writeUInt32BE(0xffffffff, 60)),
    unsafe('bitmaps', (it) => addExtension(it, 0x23852875, '\0'.repeat(24))),
    damaged('a first-level table of 32 MiB in a small file', (it) => it.writeUInt32BE(4 * 1024 * 1024, 36)),
    damaged('a first-level table of 32 GiB', (it) => it.writeUInt32BE(0xffffffff, 36)),
    damaged('a refcount table of 256 TiB', (it) => it.writeUInt32BE(0xffffffff, 56)),
    damaged('clusters of 2 GiB', (it) => it.writeUInt32BE(31, 20)),
    damaged('clusters of 1 byte', (it) => it.writeUInt32BE(0, 20)),
    damaged('a disk beyond all numbers', (it) => it.writeBigUInt64BE(0xffff_ffff_ffff_ffffn, 24)),
    damaged('an endless extension', (it) => {
      it.writeUInt32BE(0x6803f857, 104);
      it.writeUInt32BE(0xffffffff, 108);
    }),
    damaged('one second-level table, named again and again', (it) => {
      it.writeUInt32BE(8192, 36);
      for (let entry = 0; entry < 8192; entry += 1) writeEntry(it, AT.l1 * CLUSTER + entry * 8, AT.l2);
    }),
    damaged('one cluster of data, shown again and again', (it) => {
      for (let entry = 0; entry < 4096; entry += 1) writeEntry(it, AT.l2 * CLUSTER + entry * 8, AT.data);
    }),
  ];
}

/** Sound in itself. */
function hugeDisk(): Buffer {
  const entries = 100 * 2048;
  const table = Buffer.alloc(Math.ceil((entries * 8) / CLUSTER) * CLUSTER);
  const image = Buffer.concat([soundQcow2(), table]);
  image.writeBigUInt64BE(100n * TIB, 24);
  image.writeUInt32BE(entries, 36);
  writeOffset(image, 40, 6);
  return image;
}

function brokenTables(): HostileImage[] {
  const l1 = AT.l1 * CLUSTER;
  const l2 = AT.l2 * CLUSTER;
  return [
    damaged('data behind the end of the file', (it) => writeEntry(it, l2, 4096)),
    damaged('data far behind the end of the file', (it) => it.writeBigUInt64BE(0x80ff_ffff_ffff_0000n, l2)),
    damaged('data that is its own header', (it) => writeEntry(it, l2 + 8, 0x10000 / CLUSTER)),
    damaged('data that is its own table', (it) => writeEntry(it, l2, AT.l2)),
    damaged('data between clusters', (it) =>
      it.writeBigUInt64BE((1n << 63n) | BigInt(AT.data * CLUSTER + 512), l2),
    ),
    damaged('a second-level table that is the first-level one', (it) => writeEntry(it, l1, AT.l1)),
    damaged('a second-level table behind the end', (it) => writeEntry(it, l1, 4096)),
    damaged('a refcount block that is a table', (it) => writeOffset(it, AT.refcountTable * CLUSTER, AT.l1)),
    damaged('a refcount table upon the first-level one', (it) => writeOffset(it, 48, AT.l1)),
    damaged('compressed data behind the end', (it) => it.writeBigUInt64BE((1n << 62n) | (1n << 40n), l2)),
    damaged('compressed data longer than the file', (it) =>
      it.writeBigUInt64BE((1n << 62n) | (0xffn << 54n) | BigInt(CLUSTER * 6 - 512), l2),
    ),
  ];
}

function oddHeaders(): HostileImage[] {
  return [
    unsafe('AES encryption', (it) => it.writeUInt32BE(1, 32)),
    unsafe('LUKS encryption', (it) => it.writeUInt32BE(2, 32)),
    unsafe('an encryption extension', (it) => addExtension(it, 0x0537be77, '\0'.repeat(16))),
    unsafe('a feature of the future', (it) => it.writeBigUInt64BE(1n << 62n, FEATURES_AT)),
    unsafe('extended second-level entries', (it) => it.writeBigUInt64BE(16n, FEATURES_AT)),
    damaged('the mark of corruption', (it) => it.writeBigUInt64BE(2n, FEATURES_AT)),
    damaged('version 4', (it) => it.writeUInt32BE(4, 4)),
    damaged('a header that is longer than a cluster', (it) => it.writeUInt32BE(CLUSTER + 8, 100)),
    {
      attack: 'a header that is cut off',
      format: 'qcow2',
      content: soundQcow2().subarray(0, 70),
      code: 'image_rejected',
    },
    {
      attack: 'tables that are cut off',
      format: 'qcow2',
      content: soundQcow2().subarray(0, 2 * CLUSTER),
      code: 'image_rejected',
    },
  ];
}
