// Job: one file out of a zip archive, without an unzip program. How: the central directory at the archive's end names
// each file's place and method; the content is deflated or stored. Assumes archives below 4 GiB.
import { inflateRawSync } from 'node:zlib';

const END = 0x06054b50;
const ENTRY = 0x02014b50;
const DEFLATED = 8;

/** @returns {Buffer} the content; throws when the archive holds no such file */
export function readZipEntry(archive, wanted) {
  let end = archive.length - 22;
  while (end > 0 && archive.readUInt32LE(end) !== END) end--;
  let at = archive.readUInt32LE(end + 16);
  while (archive.readUInt32LE(at) === ENTRY) {
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((offset) =>
      archive.readUInt16LE(at + offset),
    );
    const name = archive.toString('utf8', at + 46, at + 46 + nameLength);
    if (name === wanted) return contentAt(archive, at);
    at += 46 + nameLength + extraLength + commentLength;
  }
  throw new Error(`the archive holds no ${wanted}`);
}

function contentAt(archive, entry) {
  const local = archive.readUInt32LE(entry + 42);
  const begin = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
  const packed = archive.subarray(begin, begin + archive.readUInt32LE(entry + 20));
  return archive.readUInt16LE(entry + 10) === DEFLATED ? inflateRawSync(packed) : packed;
}
