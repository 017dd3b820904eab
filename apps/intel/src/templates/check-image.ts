/**
 * Looks at the header of an image before any tool does (its first 64 KiB). Only raw and plain qcow2 are taken: an
 * image that names another file, is encrypted, or uses features nobody here knows could read files of the host.
 * Pure.
 */
import type { ImageFormat } from '#libs/contracts';
import type { ErrorCode } from '#libs/errors';

export type ImageVerdict =
  | { kind: 'good'; virtualBytes: number }
  | { kind: 'bad'; code: Extract<ErrorCode, 'image_rejected' | 'image_unsafe'>; message: string };

export const HEADER_BYTES = 64 * 1024;
const VIRTUAL_MAX_BYTES = 64 * 1024 ** 4;
const SECTOR = 512;

const QCOW2 = 'QFI\u00fb';
/** Formats that QEMU would recognise by themselves, with the place of their mark. */
const OTHER_FORMATS: readonly { name: string; at: number; mark: string }[] = [
  { name: 'qcow2', at: 0, mark: QCOW2 },
  { name: 'VMDK', at: 0, mark: 'KDMV' },
  { name: 'VMDK', at: 0, mark: 'COWD' },
  { name: 'VMDK', at: 0, mark: '# Disk DescriptorFile' },
  { name: 'VHDX', at: 0, mark: 'vhdxfile' },
  { name: 'VHD', at: 0, mark: 'conectix' },
  { name: 'VDI', at: 0x40, mark: '\u007f\u0010\u00da\u00be' },
  { name: 'QED', at: 0, mark: 'QED\u0000' },
  { name: 'Parallels', at: 0, mark: 'WithoutFreeSpace' },
  { name: 'Parallels', at: 0, mark: 'WithouFreSpacExt' },
  { name: 'LUKS', at: 0, mark: 'LUKS\u00ba\u00be' },
  { name: 'Bochs', at: 0, mark: 'Bochs Virtual HD Image' },
  { name: 'cloop', at: 0, mark: '#!/bin/sh\n#V2.0 Format' },
  { name: 'DMG', at: 0, mark: 'koly' },
];

/** Header bits that change nothing about what is read from where: lazy refcounts need none, compression, subclusters. */
const KNOWN_INCOMPATIBLE = 0b11001n;
const DIRTY = 0b1n;
const CORRUPT = 0b10n;
const EXTERNAL_DATA = 0b100n;
const UNSAFE_EXTENSIONS: Readonly<Record<number, string>> = {
  3799591626: 'names the format of a backing file',
  1145132097: 'names an external data file',
  87539319: 'is encrypted',
};

const unsafe = (message: string): ImageVerdict => ({ kind: 'bad', code: 'image_unsafe', message });
const rejected = (message: string): ImageVerdict => ({ kind: 'bad', code: 'image_rejected', message });

/** @param header the first HEADER_BYTES, or all when there are fewer */
export function checkImage(header: Buffer, fileBytes: number, declared: ImageFormat): ImageVerdict {
  const detected = OTHER_FORMATS.find(
    ({ at, mark }) => header.toString('latin1', at, at + mark.length) === mark,
  );
  switch (declared) {
    case 'raw':
      if (detected) return rejected(`It was declared raw, but it is ${detected.name}.`);
      return checkRaw(fileBytes);
    case 'qcow2':
      if (detected?.name !== 'qcow2')
        return rejected(`It was declared qcow2, but it is ${detected?.name ?? 'not'}.`);
      return checkQcow2(header);
  }
}

function checkRaw(fileBytes: number): ImageVerdict {
  if (fileBytes === 0) return rejected('It is empty.');
  if (fileBytes % SECTOR !== 0) return rejected(`A raw image is a multiple of ${SECTOR} bytes.`);
  return { kind: 'good', virtualBytes: fileBytes };
}

function checkQcow2(header: Buffer): ImageVerdict {
  if (header.length < 104) return rejected('Its header is cut off.');
  const version = header.readUInt32BE(4);
  if (version !== 2 && version !== 3) return rejected(`It is of version ${version}; 2 and 3 are known.`);
  if (header.readBigUInt64BE(8) !== 0n) return unsafe('It has a backing file.');
  if (header.readUInt32BE(32) !== 0) return unsafe('It is encrypted.');
  const clusterBits = header.readUInt32BE(20);
  if (clusterBits < 9 || clusterBits > 21) return unsafe(`It claims clusters of 2^${clusterBits} bytes.`);
  const size = header.readBigUInt64BE(24);
  if (size === 0n) return rejected('It is of size 0.');
  if (size > BigInt(VIRTUAL_MAX_BYTES)) return unsafe('It claims more than 64 TiB.');
  if (size % BigInt(SECTOR) !== 0n) return rejected(`Its size is not a multiple of ${SECTOR} bytes.`);
  return (
    (version === 3 ? checkFeatures(header.readBigUInt64BE(72)) : undefined) ??
    checkExtensions(header, version === 3 ? header.readUInt32BE(100) : 72) ?? {
      kind: 'good',
      virtualBytes: Number(size),
    }
  );
}

function checkFeatures(incompatible: bigint): ImageVerdict | undefined {
  if (incompatible & EXTERNAL_DATA) return unsafe('It keeps its data in another file.');
  if (incompatible & ~(KNOWN_INCOMPATIBLE | CORRUPT))
    return unsafe('It uses features that are not known here.');
  if (incompatible & CORRUPT) return rejected('It is marked as corrupt.');
  if (incompatible & DIRTY)
    return rejected('It was not closed properly; repair it with qemu-img check -r all.');
  return undefined;
}

function checkExtensions(header: Buffer, start: number): ImageVerdict | undefined {
  let at = start;
  while (at + 8 <= header.length) {
    const type = header.readUInt32BE(at);
    const length = header.readUInt32BE(at + 4);
    if (type === 0) return undefined;
    const why = UNSAFE_EXTENSIONS[type];
    if (why) return unsafe(`It ${why}.`);
    at += 8 + Math.ceil(length / 8) * 8;
  }
  return rejected('Its header extensions do not end.');
}
