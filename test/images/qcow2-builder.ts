/** A sound qcow2 of one table and one cluster of data, for tests that then spoil it. */
export const CLUSTER = 65536;
/** Where its parts lie, in clusters. */
export const AT = { refcountTable: 1, refcountBlock: 2, l1: 3, l2: 4, data: 5 } as const;
const CLUSTERS = 6;
const VIRTUAL_BYTES = 256 * 1024 * 1024;

export function soundQcow2(version: 2 | 3 = 3): Buffer {
  const image = Buffer.alloc(CLUSTERS * CLUSTER);
  image.writeUInt32BE(0x514649fb, 0);
  image.writeUInt32BE(version, 4);
  image.writeUInt32BE(16, 20);
  image.writeBigUInt64BE(BigInt(VIRTUAL_BYTES), 24);
  image.writeUInt32BE(1, 36);
  writeOffset(image, 40, AT.l1);
  writeOffset(image, 48, AT.refcountTable);
  image.writeUInt32BE(1, 56);
  if (version === 3) {
    image.writeUInt32BE(4, 96);
    image.writeUInt32BE(104, 100);
  }
  writeOffset(image, AT.refcountTable * CLUSTER, AT.refcountBlock);
  for (let index = 0; index < CLUSTERS; index += 1)
    image.writeUInt16BE(1, AT.refcountBlock * CLUSTER + 2 * index);
  writeEntry(image, AT.l1 * CLUSTER, AT.l2);
  writeEntry(image, AT.l2 * CLUSTER, AT.data);
  image.fill('data of the guest ', AT.data * CLUSTER);
  return image;
}

/** A sound one after a change. */
export function spoilt(change: (image: Buffer) => void): Buffer {
  const image = soundQcow2();
  change(image);
  return image;
}

/** A header extension, right behind the header. */
export function addExtension(image: Buffer, type: number, content: string): void {
  image.writeUInt32BE(type, 104);
  image.writeUInt32BE(content.length, 108);
  image.write(content, 112);
}

/** The name of a backing file, behind everything else of the header. */
export function addBacking(image: Buffer, name: string): void {
  image.writeBigUInt64BE(1024n, 8);
  image.writeUInt32BE(name.length, 16);
  image.write(name, 1024);
}

export function writeOffset(image: Buffer, at: number, cluster: number): void {
  image.writeBigUInt64BE(BigInt(cluster) * BigInt(CLUSTER), at);
}

/** An entry of a table, with the flag that says that nothing else uses the cluster. */
export function writeEntry(image: Buffer, at: number, cluster: number): void {
  image.writeBigUInt64BE((1n << 63n) | (BigInt(cluster) * BigInt(CLUSTER)), at);
}
