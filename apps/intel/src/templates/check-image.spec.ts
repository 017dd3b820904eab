import { describe, expect, it } from '@jest/globals';
import { checkImage, HEADER_BYTES } from './check-image.js';

const TIB = 1024n ** 4n;

/** A plain version 3 header of 1 MiB, changed as the case needs. */
function qcow2(change: (header: Buffer) => void = () => {}): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.write('QFI\u00fb', 0, 'latin1');
  header.writeUInt32BE(3, 4);
  header.writeUInt32BE(16, 20);
  header.writeBigUInt64BE(1024n * 1024n, 24);
  header.writeUInt32BE(104, 100);
  change(header);
  return header;
}

const code = (header: Buffer, format: 'qcow2' | 'raw' = 'qcow2') => {
  const verdict = checkImage(header, header.length, format);
  return verdict.kind === 'good' ? 'good' : verdict.code;
};

describe('the header of an image', () => {
  it('of a plain qcow2 gives its virtual size, in both versions', () => {
    expect(checkImage(qcow2(), 1, 'qcow2')).toEqual({ kind: 'good', virtualBytes: 1024 * 1024 });
    expect(code(qcow2((it) => it.writeUInt32BE(2, 4)))).toBe('good');
  });

  it.each<[string, (header: Buffer) => void]>([
    ['a backing file', (it) => it.writeBigUInt64BE(104n, 8)],
    ['encryption', (it) => it.writeUInt32BE(1, 32)],
    ['an external data file', (it) => it.writeBigUInt64BE(4n, 72)],
    ['unknown features', (it) => it.writeBigUInt64BE(1n << 40n, 72)],
    ['absurd clusters', (it) => it.writeUInt32BE(30, 20)],
    ['an absurd size', (it) => it.writeBigUInt64BE(65n * TIB, 24)],
    ['an extension that names a backing format', (it) => it.writeUInt32BE(0xe2792aca, 104)],
    ['an extension that names a data file', (it) => it.writeUInt32BE(0x44415441, 104)],
    [
      'an encryption extension behind another one',
      (it) => {
        it.writeUInt32BE(0x6803f857, 104);
        it.writeUInt32BE(9, 108);
        it.writeUInt32BE(0x0537be77, 128);
      },
    ],
  ])('with %s is unsafe', (_what, change) => {
    expect(code(qcow2(change))).toBe('image_unsafe');
  });

  it.each<[string, (header: Buffer) => void]>([
    ['another version', (it) => it.writeUInt32BE(1, 4)],
    ['no size', (it) => it.writeBigUInt64BE(0n, 24)],
    ['half a sector', (it) => it.writeBigUInt64BE(700n, 24)],
    ['the mark of corruption', (it) => it.writeBigUInt64BE(2n, 72)],
    ['the mark of an unclean end', (it) => it.writeBigUInt64BE(1n, 72)],
    ['extensions without end', (it) => it.fill(1, 104)],
  ])('with %s is rejected', (_what, change) => {
    expect(code(qcow2(change))).toBe('image_rejected');
  });

  it('that lies about its format is rejected', () => {
    expect(code(qcow2(), 'raw')).toBe('image_rejected');
    expect(code(Buffer.alloc(1024))).toBe('image_rejected');
    expect(code(qcow2().subarray(0, 50))).toBe('image_rejected');
    for (const mark of ['KDMV', '# Disk DescriptorFile', 'vhdxfile', 'conectix', 'LUKS\u00ba\u00be']) {
      const header = Buffer.alloc(1024);
      header.write(mark, 0, 'latin1');
      expect([mark, code(header, 'raw')]).toEqual([mark, 'image_rejected']);
    }
  });

  it('of a raw image is whole sectors and not nothing', () => {
    expect(checkImage(Buffer.alloc(512), 1024, 'raw')).toEqual({ kind: 'good', virtualBytes: 1024 });
    expect(checkImage(Buffer.alloc(0), 0, 'raw')).toMatchObject({ code: 'image_rejected' });
    expect(checkImage(Buffer.alloc(512), 700, 'raw')).toMatchObject({ code: 'image_rejected' });
  });
});
