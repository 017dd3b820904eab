/** What the first bytes of a file say it is. `image` formats can refer to other files; archives only need unpacking. */
export interface DetectedFormat {
  name: string;
  kind: 'image' | 'archive';
}

interface Mark extends DetectedFormat {
  at: number;
  bytes: Buffer;
}

const image = (name: string, at: number, bytes: Buffer | string): Mark => ({
  name,
  kind: 'image',
  at,
  bytes: Buffer.from(bytes as string, 'latin1'),
});
const archive = (name: string, ...bytes: number[]): Mark => ({
  name,
  kind: 'archive',
  at: 0,
  bytes: Buffer.from(bytes),
});

const MARKS: readonly Mark[] = [
  image('qcow', 0, 'QFI\xfb\x00\x00\x00\x01'),
  image('qcow2', 0, 'QFI\xfb'),
  image('qed', 0, 'QED\x00'),
  image('vmdk', 0, 'KDMV'),
  image('vmdk', 0, 'COWD'),
  image('vmdk', 0, '# Disk DescriptorFile'),
  image('vhdx', 0, 'vhdxfile'),
  image('vhd', 0, 'conectix'),
  image('vdi', 0x40, '\x7f\x10\xda\xbe'),
  image('parallels', 0, 'WithoutFreeSpace'),
  image('parallels', 0, 'WithouFreSpacExt'),
  image('bochs', 0, 'Bochs Virtual HD Image'),
  image('cloop', 0, '#!/bin/sh\n#V2.0 Format'),
  image('luks', 0, 'LUKS\xba\xbe'),
  archive('gzip', 0x1f, 0x8b),
  archive('xz', 0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00),
  archive('zstd', 0x28, 0xb5, 0x2f, 0xfd),
  archive('bzip2', 0x42, 0x5a, 0x68),
  archive('7z', 0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c),
  archive('zip', 0x50, 0x4b, 0x03, 0x04),
];
const TAR_MARK = { at: 257, text: 'ustar' };
/** QEMU takes a text file as VMDK when this stands behind comments and blank lines. */
const VMDK_TEXT = /^(\s|#[^\n]*\n)*version\s*=/i;
const VMDK_TEXT_BYTES = 2048;

/** Undefined: no known mark, so a plain disk. */
export function detectFormat(head: Buffer): DetectedFormat | undefined {
  const mark = MARKS.find(({ at, bytes }) => head.subarray(at, at + bytes.length).equals(bytes));
  if (mark !== undefined) return { name: mark.name, kind: mark.kind };
  if (head.subarray(0, VMDK_TEXT_BYTES).toString('latin1').match(VMDK_TEXT)) {
    return { name: 'vmdk', kind: 'image' };
  }
  const tar = head.subarray(TAR_MARK.at, TAR_MARK.at + TAR_MARK.text.length).toString('latin1');
  return tar === TAR_MARK.text ? { name: 'tar', kind: 'archive' } : undefined;
}
