/** Disks that VMAN wrote itself: nothing in them is doubted, so they are read and grown without an inspection. */
import { open } from 'node:fs/promises';
import { VmanError } from '#libs/errors';
import { QCOW2_MAGIC } from '#libs/images';
import { type QemuImgOptions, runQemuImg, withoutBase } from './run-qemu-img.js';

const SIZE_OFFSET = 24;
const BACKING_END = 20;
const MAX_NAME_BYTES = 1023;

/** The size that the guest sees, in bytes. Throws `image_rejected` when the file is no qcow2. */
export async function qcow2Size(path: string): Promise<number> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(SIZE_OFFSET + 8), { position: 0 });
    if (bytesRead < buffer.length || buffer.readUInt32BE(0) !== QCOW2_MAGIC) {
      throw new VmanError('image_rejected', 'A disk of this host is not a qcow2 file.');
    }
    return Number(buffer.readBigUInt64BE(SIZE_OFFSET));
  } finally {
    await file.close();
  }
}

/** The path of the image below, as the file names it; undefined when there is none, or the file is no whole qcow2. */
export async function backingPath(path: string): Promise<string | undefined> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(BACKING_END), { position: 0 });
    if (bytesRead < buffer.length || buffer.readUInt32BE(0) !== QCOW2_MAGIC) return undefined;
    const length = buffer.readUInt32BE(16);
    const offset = Number(buffer.readBigUInt64BE(8));
    if (offset === 0 || length === 0 || length > MAX_NAME_BYTES) return undefined;
    const name = await file.read(Buffer.alloc(length), { position: offset });
    return name.bytesRead === length ? name.buffer.toString() : undefined;
  } finally {
    await file.close();
  }
}

/** Makes a qcow2 that no process has open larger; never smaller. */
export async function growQcow2(path: string, sizeBytes: number, options: QemuImgOptions): Promise<void> {
  if ((await qcow2Size(path)) >= sizeBytes) return;
  // It is never smaller than the image below, of which growing it would otherwise bring something to light.
  await runQemuImg(['resize', '-q', '--', withoutBase(path), String(sizeBytes)], [0], options);
}
