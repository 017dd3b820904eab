import { execFile } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { writeOverlay } from '#libs/qemu';
import { type Inspection, inspectImage, judgeImage } from './index.js';

const CLUSTER = 65536;
const LIMITS = { maxVirtualBytes: 1024 ** 4 };
const MiB = 1024 * 1024;

/** A sound header of 10 GiB in a file of 16 clusters, then changed. */
function qcow2(change: (head: Buffer) => void = () => {}, version = 3): Buffer {
  const head = Buffer.alloc(CLUSTER);
  head.writeUInt32BE(0x514649fb, 0);
  head.writeUInt32BE(version, 4);
  head.writeUInt32BE(16, 20);
  head.writeBigUInt64BE(BigInt(10 * 1024 * MiB), 24);
  head.writeUInt32BE(20, 36);
  head.writeBigUInt64BE(BigInt(3 * CLUSTER), 40);
  head.writeBigUInt64BE(BigInt(CLUSTER), 48);
  head.writeUInt32BE(1, 56);
  if (version === 3) {
    head.writeUInt32BE(4, 96);
    head.writeUInt32BE(104, 100);
  }
  change(head);
  return head;
}
const judge = (head: Buffer, format: 'qcow2' | 'raw' = 'qcow2'): Inspection =>
  judgeImage(head, 16 * CLUSTER, format, LIMITS);
const codeOf = (inspection: Inspection): string => (inspection.ok ? 'ok' : inspection.code);

describe('a qcow2 image', () => {
  it('passes when it is plain', () => {
    expect(judge(qcow2())).toEqual({
      ok: true,
      info: {
        format: 'qcow2',
        version: 3,
        virtualBytes: 10 * 1024 * MiB,
        fileBytes: 16 * CLUSTER,
        clusterBytes: CLUSTER,
        compression: 'zlib',
        dirty: false,
      },
    });
  });

  it.each<[string, (head: Buffer) => void, number]>([
    ['of version 2', () => {}, 2],
    ['that was not closed', (head) => head.writeBigUInt64BE(1n, 72), 3],
    [
      'compressed by zstd',
      (head) => {
        head.writeBigUInt64BE(8n, 72);
        head.writeUInt32BE(112, 100);
        head[104] = 1;
      },
      3,
    ],
    [
      'with harmless extensions up to the end of the header',
      (head) => {
        head.writeUInt32BE(0x6803f857, 104);
        head.writeUInt32BE(CLUSTER - 112, 108);
      },
      3,
    ],
  ])('passes %s', (_name, change, version) => {
    expect(codeOf(judge(qcow2(change, version)))).toBe('ok');
  });

  it.each<[string, (head: Buffer) => void]>([
    ['a backing file', (head) => head.writeBigUInt64BE(200n, 8)],
    ['an external data file', (head) => head.writeBigUInt64BE(4n, 72)],
    ['the name of a data file in an extension', (head) => head.writeUInt32BE(0x44415441, 104)],
    ['AES encryption', (head) => head.writeUInt32BE(1, 32)],
    ['LUKS encryption', (head) => head.writeUInt32BE(2, 32)],
    ['an encryption extension', (head) => head.writeUInt32BE(0x0537be77, 104)],
    ['65536 snapshots', (head) => head.writeUInt32BE(65536, 60)],
    ['extended first-level entries', (head) => head.writeBigUInt64BE(16n, 72)],
    ['a feature of the future', (head) => head.writeBigUInt64BE(1n << 63n, 72)],
  ])('is unsafe with %s', (_name, change) => {
    expect(codeOf(judge(qcow2(change)))).toBe('image_unsafe');
  });

  it.each<[string, (head: Buffer) => void]>([
    ['version 4', (head) => head.writeUInt32BE(4, 4)],
    ['the mark of corruption', (head) => head.writeBigUInt64BE(2n, 72)],
    ['clusters of 256 bytes', (head) => head.writeUInt32BE(8, 20)],
    ['clusters of 4 MiB', (head) => head.writeUInt32BE(22, 20)],
    ['clusters of 2^4294967295 bytes', (head) => head.writeUInt32BE(0xffffffff, 20)],
    ['a refcount width of 2^7', (head) => head.writeUInt32BE(7, 96)],
    ['a header shorter than its version', (head) => head.writeUInt32BE(72, 100)],
    ['a header longer than a cluster', (head) => head.writeUInt32BE(2 * CLUSTER, 100)],
    ['no size', (head) => head.writeBigUInt64BE(0n, 24)],
    ['a size beyond all numbers', (head) => head.writeBigUInt64BE(0xffffffffffffffffn, 24)],
    ['a first-level table of 128 MiB', (head) => head.writeUInt32BE(16 * MiB, 36)],
    ['a first-level table too small for its size', (head) => head.writeUInt32BE(1, 36)],
    ['a first-level table behind the end', (head) => head.writeBigUInt64BE(BigInt(16 * CLUSTER), 40)],
    ['a first-level table upon the header', (head) => head.writeBigUInt64BE(0n, 40)],
    ['a first-level table between clusters', (head) => head.writeBigUInt64BE(BigInt(CLUSTER + 8), 40)],
    ['no refcount table', (head) => head.writeUInt32BE(0, 56)],
    ['a refcount table of 4 GiB', (head) => head.writeUInt32BE(65536, 56)],
    ['a refcount table behind the end', (head) => head.writeBigUInt64BE(BigInt(900 * CLUSTER), 48)],
    [
      'a compression of the future',
      (head) => {
        head.writeBigUInt64BE(8n, 72);
        head.writeUInt32BE(112, 100);
        head[104] = 2;
      },
    ],
    [
      'an extension longer than the header',
      (head) => {
        head.writeUInt32BE(0x6803f857, 104);
        head.writeUInt32BE(0xffffffff, 108);
      },
    ],
  ])('is rejected with %s', (_name, change) => {
    expect(codeOf(judge(qcow2(change)))).toBe('image_rejected');
  });

  it('is rejected when it is cut off', () => {
    expect(codeOf(judge(qcow2().subarray(0, 60)))).toBe('image_rejected');
    expect(codeOf(judge(qcow2().subarray(0, 90)))).toBe('image_rejected');
    expect(codeOf(judgeImage(Buffer.alloc(0), 0, 'qcow2', LIMITS))).toBe('image_rejected');
  });

  it('is unsafe above the size that is allowed', () => {
    const change = (head: Buffer) => {
      head.writeBigUInt64BE(BigInt(2 * 1024 ** 4), 24);
      head.writeUInt32BE(4096, 36);
    };
    expect(codeOf(judge(qcow2(change)))).toBe('image_unsafe');
  });

  it('never makes the judge fail, and never passes with what is forbidden, whatever is changed', () => {
    const edits = fc.array(fc.tuple(fc.nat(160), fc.nat(255)), { maxLength: 12 });
    fc.assert(
      fc.property(edits, (list) => {
        const head = qcow2((bytes) => {
          for (const [at, value] of list) bytes[at] = value;
        });
        const inspection = judge(head);
        if (!inspection.ok) return;
        expect(head.readBigUInt64BE(8)).toBe(0n);
        expect(head.readUInt32BE(32)).toBe(0);
        expect(head.readUInt32BE(60)).toBe(0);
        expect(inspection.info.virtualBytes).toBeLessThanOrEqual(LIMITS.maxVirtualBytes);
      }),
      { numRuns: 3000 },
    );
  });
});

describe('a lying format', () => {
  const starting = (text: string, at = 0): Buffer => {
    const head = Buffer.alloc(CLUSTER);
    head.write(text, at, 'latin1');
    return head;
  };

  it.each<[string, Buffer]>([
    ['qcow2', qcow2()],
    ['qcow', starting('QFI\xfb\x00\x00\x00\x01')],
    ['qed', starting('QED\x00')],
    ['vmdk', starting('KDMV')],
    ['vmdk version 3', starting('COWD')],
    ['vmdk descriptor', starting('# Disk DescriptorFile\nversion=1\nRW 1 FLAT "/etc/shadow" 0')],
    ['vmdk descriptor behind comments', starting('#x\n\n # y\n  version=1\nRW 1 FLAT "/etc/shadow" 0')],
    ['vhdx', starting('vhdxfile')],
    ['vhd', starting('conectix')],
    ['vdi', starting('\x7f\x10\xda\xbe', 0x40)],
    ['parallels', starting('WithouFreSpacExt')],
    ['luks', starting('LUKS\xba\xbe')],
  ])('is unsafe: %s declared as raw', (_name, head) => {
    expect(codeOf(judge(head, 'raw'))).toBe('image_unsafe');
  });

  it.each([
    ['gzip', starting('\x1f\x8b\x08')],
    ['xz', starting('\xfd7zXZ\x00')],
    ['tar', starting('ustar', 257)],
  ])('is rejected with the advice to unpack: %s declared as raw', (name, head) => {
    const inspection = judge(head, 'raw');
    expect(codeOf(inspection)).toBe('image_rejected');
    expect(inspection).toMatchObject({ message: expect.stringContaining(name) });
  });

  it('is told apart: another image is unsafe as qcow2, any other bytes are rejected', () => {
    expect(codeOf(judge(starting('KDMV')))).toBe('image_unsafe');
    expect(codeOf(judge(starting('hello')))).toBe('image_rejected');
    expect(codeOf(judge(starting('\x1f\x8b\x08')))).toBe('image_rejected');
  });

  it('is not seen where there is none: a raw disk with a boot sector passes', () => {
    const disk = starting('\x55\xaa', 510);
    expect(judgeImage(disk, 1_000_001, 'raw', LIMITS)).toEqual({
      ok: true,
      info: { format: 'raw', fileBytes: 1_000_001, virtualBytes: 1_000_448 },
    });
  });
});

describe('inspectImage', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vman-inspect-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('passes what we write ourselves, but for overlays', async () => {
    const flat = join(folder, 'flat.qcow2');
    await writeOverlay({ path: flat, sizeBytes: 5 * 1024 ** 4 });
    const inspection = await inspectImage(flat, 'qcow2', { maxVirtualBytes: 6 * 1024 ** 4 });
    expect(inspection).toMatchObject({ ok: true, info: { virtualBytes: 5 * 1024 ** 4 } });
    const overlay = join(folder, 'overlay.qcow2');
    await writeOverlay({ path: overlay, sizeBytes: MiB, backingFile: flat, backingFormat: 'qcow2' });
    expect(codeOf(await inspectImage(overlay, 'qcow2', LIMITS))).toBe('image_unsafe');
  });

  it('follows no link, waits at no pipe and reads no folder', async () => {
    const link = join(folder, 'link');
    await symlink('/etc/hostname', link);
    await expect(inspectImage(link, 'raw', LIMITS)).rejects.toMatchObject({ code: 'ELOOP' });
    const pipe = join(folder, 'pipe');
    await promisify(execFile)('mkfifo', [pipe]);
    expect(codeOf(await inspectImage(pipe, 'raw', LIMITS))).toBe('image_unsafe');
    expect(codeOf(await inspectImage(folder, 'raw', LIMITS))).toBe('image_unsafe');
  });

  it('takes a small raw file whole', async () => {
    const path = join(folder, 'small.raw');
    await writeFile(path, 'x'.repeat(100));
    expect(await inspectImage(path, 'raw', LIMITS)).toMatchObject({ ok: true, info: { virtualBytes: 512 } });
  });
});
